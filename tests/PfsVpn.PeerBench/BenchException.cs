namespace PfsVpn.PeerBench;

/// <summary>A step that failed or took too long; the message says which, and what the program printed.</summary>
internal sealed class BenchException : Exception
{
    public BenchException(string message) : base(message)
    {
    }

    public BenchException(string message, Exception inner) : base(message, inner)
    {
    }

    public BenchException()
    {
    }
}
