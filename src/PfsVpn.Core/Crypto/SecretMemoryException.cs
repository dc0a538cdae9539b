using System.ComponentModel;

namespace PfsVpn.Crypto;

/// <summary>Memory for secrets could not be had; the message says which call failed and what to change.</summary>
public sealed class SecretMemoryException : Exception
{
    private const int ENOMEM = 12, EPERM = 1, EAGAIN = 11;

    /// <summary>Makes the exception with a message for the user.</summary>
    public SecretMemoryException(string message) : base(message)
    {
    }

    internal static SecretMemoryException FromErrno(string call, int errno) => new(
        $"{call} failed: {new Win32Exception(errno).Message}." +
        (errno is ENOMEM or EPERM or EAGAIN ? " Raise the limit of locked memory (ulimit -l, or LimitMEMLOCK= in a systemd unit), or grant CAP_IPC_LOCK." : ""));
}
