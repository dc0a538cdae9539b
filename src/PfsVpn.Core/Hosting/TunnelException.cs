namespace PfsVpn.Hosting;

/// <summary>A tunnel cannot be opened or changed; the message says why and what to do. It never holds a secret.</summary>
public sealed class TunnelException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What is wrong, and what to do.</param>
    /// <param name="innerException">What it came from, or null.</param>
    public TunnelException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
