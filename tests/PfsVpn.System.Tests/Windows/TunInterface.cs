using System.Runtime.InteropServices;
using System.Text;
using PfsVpn.Interop;
using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Windows;

/// <summary>A TUN interface of a namespace: the network stack on the other side of a Windows adapter.</summary>
/// <remarks>References: Documentation/networking/tuntap.rst. Reading: one thread; writing: any.</remarks>
internal sealed unsafe class TunInterface : IDisposable
{
    private const int LongestPacket = 65535, LookInMilliseconds = 50;

    private readonly int _descriptor;
    private readonly Task _reading;
    private readonly Handler _handler;
    private volatile bool _ended;

    /// <summary>Makes it, down and without addresses.</summary>
    /// <param name="host">Where.</param>
    /// <param name="name">Its name.</param>
    /// <param name="handler">Gets each packet that the namespace sends through it, on a thread of its own.</param>
    public TunInterface(NetworkNamespace host, string name, Handler handler)
    {
        _handler = handler;
        _descriptor = host.Inside(() => Open(name));
        _reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Takes an IP packet. It must not throw.</summary>
    public delegate void Handler(ReadOnlySpan<byte> packet);

    /// <summary>Gives the namespace a packet; one that it does not take is lost, as where the interface is down.</summary>
    public void Write(ReadOnlySpan<byte> packet)
    {
        fixed (byte* data = packet) _ = Libc.write(_descriptor, data, (nuint)packet.Length);
    }

    /// <summary>Removes it.</summary>
    public void Dispose()
    {
        _ended = true;
        _reading.Wait();
        _ = Libc.close(_descriptor);
    }

    private static int Open(string name)
    {
        int descriptor;
        fixed (byte* path = "/dev/net/tun\0"u8) descriptor = Libc.open(path, Libc.O_RDWR | Libc.O_CLOEXEC);
        Libc.ifreq request = default;
        Encoding.ASCII.GetBytes(name, new Span<byte>(request.ifr_name, Libc.IFNAMSIZ - 1));
        request.ifr_flags = Libc.IFF_TUN | Libc.IFF_NO_PI;
        return descriptor >= 0 && Libc.ioctl(descriptor, Libc.TUNSETIFF, &request) == 0
            ? descriptor
            : throw new InvalidOperationException($"TUN {name}: error {Marshal.GetLastPInvokeError()}");
    }

    private void Read()
    {
        var buffer = new byte[LongestPacket];
        fixed (byte* data = buffer)
        {
            while (!_ended)
            {
                var entry = new Libc.pollfd { fd = _descriptor, events = Libc.POLLIN };
                if (Libc.poll(&entry, 1, LookInMilliseconds) != 1 || (entry.revents & Libc.POLLIN) == 0) continue;
                var length = (int)Libc.read(_descriptor, data, LongestPacket);
                if (length > 0) _handler(buffer.AsSpan(0, length));
            }
        }
    }
}
