using System.ComponentModel;
using System.Runtime.InteropServices;

namespace PfsVpn.Daemon.Interop;

/// <summary>The system's words for its error numbers.</summary>
internal static class Errno
{
    /// <summary>What the last call that failed on this thread says.</summary>
    public static string Last => Message(Marshal.GetLastPInvokeError());

    /// <summary>What <paramref name="errno"/> means.</summary>
    public static string Message(int errno) => new Win32Exception(errno).Message;
}
