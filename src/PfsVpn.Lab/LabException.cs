namespace PfsVpn.Lab;

/// <summary>An experiment cannot be done; the message is for the user.</summary>
internal sealed class LabException : Exception
{
    public LabException(string message)
        : base(message)
    {
    }

    public LabException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
