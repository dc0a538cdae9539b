using System.Runtime.InteropServices;
using System.Text;
using PfsVpn.Daemon.Interop;
using PfsVpn.Daemon.Windows;

namespace PfsVpn.Daemon;

/// <summary>Standard output and error without System.Console, whose terminal handling costs memory and time that a daemon has no use for.</summary>
internal static unsafe class StandardStreams
{
    public const int Output = 1, Error = 2;

    /// <summary>Writes the whole text and blocks as long as that takes; errors are ignored: there is nobody left to tell.</summary>
    public static void Write(int descriptor, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        if (OperatingSystem.IsWindows())
        {
            _ = WindowsStreams.TryWrite(WindowsStreams.HandleOf(descriptor), bytes);
            return;
        }
        fixed (byte* start = bytes)
        {
            nint done = 0;
            while (done < bytes.Length)
            {
                var written = Libc.write(descriptor, start + done, (nuint)(bytes.Length - done));
                if (written > 0) done += written;
                else if (Marshal.GetLastPInvokeError() != Libc.EINTR) return;
            }
        }
    }

    /// <summary>Tells the user what went wrong.</summary>
    public static void Complain(string message) => Write(Error, $"pfsvpnd: {message}\n");
}
