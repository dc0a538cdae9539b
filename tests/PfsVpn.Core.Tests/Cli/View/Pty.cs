using System.Runtime.InteropServices;
using System.Text;

namespace PfsVpn.Tests.Cli.View;

/// <summary>A pseudo-terminal: what is typed goes in at one end, and its settings can be looked at.</summary>
/// <remarks>References: pty(7), ioctl_tty(2).</remarks>
internal sealed unsafe partial class Pty : IDisposable
{
    private const int O_RDWR = 2, O_NOCTTY = 0x100;
    private const nuint TIOCSPTLCK = 0x40045431, TIOCGPTPEER = 0x5441;

    private readonly int _master;
    private int _isConnected = 1;

    public Pty()
    {
        _master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
        Assert.True(_master >= 0, "there is no /dev/ptmx");
        var unlocked = 0;
        Assert.Equal(0, ioctl(_master, TIOCSPTLCK, &unlocked));
        Terminal = ioctl(_master, TIOCGPTPEER, (void*)(O_RDWR | O_NOCTTY));
        Assert.True(Terminal >= 0);
    }

    /// <summary>The descriptor that a program has as its terminal.</summary>
    public int Terminal { get; }

    /// <summary>Its settings.</summary>
    public byte[] Settings
    {
        get
        {
            var settings = new byte[128];
            fixed (byte* start = settings) Assert.Equal(0, tcgetattr(Terminal, start));
            return settings;
        }
    }

    public void Type(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* start = bytes) Assert.Equal(bytes.Length, write(_master, start, (nuint)bytes.Length));
    }

    /// <summary>Ends the connection, as when somebody closes the window.</summary>
    public void HangUp()
    {
        if (Interlocked.Exchange(ref _isConnected, 0) != 0) _ = close(_master);
    }

    public void Dispose()
    {
        // A read that waits at the other end ends by this.
        HangUp();
        _ = close(Terminal);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc")]
    private static partial int ioctl(int descriptor, nuint request, void* argument);

    [LibraryImport("libc")]
    private static partial int tcgetattr(int descriptor, byte* state);

    [LibraryImport("libc")]
    private static partial nint write(int descriptor, byte* bytes, nuint length);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}
