using System.ComponentModel;

namespace PfsVpn.Runtime;

/// <summary>The control socket cannot be had; the message says why and what to do.</summary>
internal sealed class ControlSocketException : Exception
{
    /// <summary>Makes the exception with a message for the user.</summary>
    public ControlSocketException(string message) : base(message)
    {
    }

    internal static ControlSocketException FromErrno(string what, int errno) => new($"{what}: {new Win32Exception(errno).Message}.");
}
