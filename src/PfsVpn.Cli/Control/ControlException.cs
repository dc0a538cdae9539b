namespace PfsVpn.Cli.Control;

/// <summary>A device could not be reached or did not do what it was asked to.</summary>
internal sealed class ControlException : Exception
{
    /// <summary>The system's words for the errno are the message.</summary>
    public ControlException(int errno) : base(NativeFile.Describe(errno)) => Errno = errno;

    /// <summary>The system's words for the errno, and behind them what to do about it.</summary>
    public ControlException(int errno, string advice) : base($"{NativeFile.Describe(errno)}; {advice}") => Errno = errno;

    public int Errno { get; }
}
