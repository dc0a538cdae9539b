namespace PfsVpn.Tun;

/// <summary>A TUN device could not be had. The message says why and what to do; the errno is for exit codes and logs.</summary>
internal sealed class TunException(string message, int errno = 0) : Exception(message)
{
    /// <summary>The system's error number, positive; 0 where no system call failed.</summary>
    public int Errno { get; } = errno;
}
