using System.Globalization;
using System.Net.Sockets;
using System.Text;
using PfsVpn.Daemon.Interop;

namespace PfsVpn.SystemTests.Daemon;

/// <summary>A daemon that serves an interface, found through its control socket; ended with the test.</summary>
internal sealed unsafe class RunningDaemon : IDisposable
{
    private const short POLLIN = 1;
    private static int _count;

    private readonly int _processDescriptor;

    private RunningDaemon(string name, int process)
    {
        InterfaceName = name;
        Process = process;
        _processDescriptor = (int)Libc.syscall(Native.SYS_pidfd_open, process, 0, 0);
        Assert.True(_processDescriptor >= 0, $"process {process} of {name} is gone");
    }

    public string InterfaceName { get; }

    public int Process { get; }

    public string SocketPath => SocketPathOf(InterfaceName);

    /// <summary>A name that no other test uses.</summary>
    public static string NewName() => string.Create(CultureInfo.InvariantCulture, $"dm{Environment.ProcessId % 1000000}x{Interlocked.Increment(ref _count)}");

    public static string SocketPathOf(string name) => $"/var/run/wireguard/{name}.sock";

    /// <summary>Starts one in the background; the command has to succeed.</summary>
    public static RunningDaemon Start(TestNamespace place, string name, params (string Name, string? Value)[] variables)
    {
        var result = place.Run(variables, Command.Pfsvpnd, name);
        Assert.True(result.ExitCode == 0, result.ToString());
        return Find(name);
    }

    /// <summary>The daemon that answers on the control socket of <paramref name="name"/>.</summary>
    public static RunningDaemon Find(string name)
    {
        using var socket = Connect(name);
        Span<byte> credentials = stackalloc byte[12];
        const int SOL_SOCKET = 1, SO_PEERCRED = 17;
        socket.GetRawSocketOption(SOL_SOCKET, SO_PEERCRED, credentials);
        return new RunningDaemon(name, BitConverter.ToInt32(credentials));
    }

    /// <summary>What the daemon answers to get=1.</summary>
    public static string Ask(string name)
    {
        using var socket = Connect(name);
        socket.Send("get=1\n\n"u8);
        var answer = new StringBuilder();
        var buffer = new byte[4096];
        while (!answer.ToString().EndsWith("\n\n", StringComparison.Ordinal))
        {
            var length = socket.Receive(buffer);
            if (length == 0) break;
            answer.Append(Encoding.ASCII.GetString(buffer, 0, length));
        }
        return answer.ToString();
    }

    public string Ask() => Ask(InterfaceName);

    public void Signal(int signal) => Assert.Equal(0, Native.kill(Process, signal));

    /// <summary>Blocks until the process has ended.</summary>
    public void WaitForEnd()
    {
        var entry = new Libc.struct_pollfd { fd = _processDescriptor, events = POLLIN };
        while (Libc.poll(&entry, 1, -1) != 1)
        {
        }
    }

    public bool HasEnded
    {
        get
        {
            var entry = new Libc.struct_pollfd { fd = _processDescriptor, events = POLLIN };
            return Libc.poll(&entry, 1, 0) == 1;
        }
    }

    public void Dispose()
    {
        if (!HasEnded)
        {
            _ = Native.kill(Process, Native.SIGTERM);
            WaitForEnd();
        }
        _ = Libc.close(_processDescriptor);
    }

    private static Socket Connect(string name)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(SocketPathOf(name)));
        return socket;
    }
}
