using System.Globalization;
using System.Net.Sockets;
using System.Text;
using PfsVpn.Daemon.Interop;

namespace PfsVpn.SystemTests.Daemon;

[Collection(DaemonTestCollection.Name)]
public sealed unsafe class HandoverTests : IDisposable
{
    private readonly TestNamespace _place = new();

    [RootTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void ATunDeviceIsTakenOverUnderItsOwnName(bool foreground)
    {
        var name = RunningDaemon.NewName();
        var tun = OpenTun(name);
        try
        {
            (string, string?)[] variables = [("WG_TUN_FD", tun.ToString(CultureInfo.InvariantCulture))];
            if (foreground)
            {
                using var daemon = new ForegroundDaemon(_place, "othername", variables).WaitUntilReady();
                Assert.EndsWith("errno=0\n\n", RunningDaemon.Ask(name), StringComparison.Ordinal);
                _ = Libc.close(tun);
                tun = -1;
            }
            else
            {
                Assert.Equal(0, _place.Run(variables, Command.Pfsvpnd, "othername").ExitCode);
                using var daemon = RunningDaemon.Find(name);
                Assert.EndsWith("errno=0\n\n", daemon.Ask(), StringComparison.Ordinal);
                _ = Libc.close(tun);
                tun = -1;
            }
            Assert.False(_place.HasInterface(name));
            Assert.False(File.Exists(RunningDaemon.SocketPathOf(name)));
        }
        finally
        {
            if (tun >= 0) _ = Libc.close(tun);
        }
    }

    [RootTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void AListeningControlSocketIsTakenOver(bool foreground)
    {
        var name = RunningDaemon.NewName();
        Directory.CreateDirectory("/var/run/wireguard");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(RunningDaemon.SocketPathOf(name)));
        listener.Listen();
        var descriptor = (int)listener.SafeHandle.DangerousGetHandle();
        Assert.Equal(0, Libc.fcntl(descriptor, Libc.F_SETFD, 0));
        (string, string?)[] variables = [("WG_UAPI_FD", descriptor.ToString(CultureInfo.InvariantCulture))];

        if (foreground)
        {
            using var daemon = new ForegroundDaemon(_place, name, variables).WaitUntilReady();
            Assert.EndsWith("errno=0\n\n", RunningDaemon.Ask(name), StringComparison.Ordinal);
            daemon.Signal(Native.SIGTERM);
            Assert.Equal(0, daemon.WaitForEnd().ExitCode);
        }
        else
        {
            var result = _place.Run(variables, Command.Pfsvpnd, name);
            Assert.True(result.ExitCode == 0, result.ToString());
            // The socket's credentials are those of the process that made it listen, this one: deleting the interface ends the daemon, and its end is seen by the descriptor.
            Assert.EndsWith("errno=0\n\n", RunningDaemon.Ask(name), StringComparison.Ordinal);
            _place.Ip("link", "delete", name);
        }
    }

    [RootFact]
    public void ADescriptorThatIsNoTunIsRefused()
    {
        var name = RunningDaemon.NewName();
        using var file = File.OpenRead("/proc/self/status");
        var descriptor = (int)file.SafeFileHandle.DangerousGetHandle();
        Assert.Equal(0, Libc.fcntl(descriptor, Libc.F_SETFD, 0));

        var result = _place.Run([("WG_TUN_FD", descriptor.ToString(CultureInfo.InvariantCulture))], Command.Pfsvpnd, name);

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("pfsvpnd: ", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(RunningDaemon.SocketPathOf(name)));
    }

    public void Dispose() => _place.Dispose();

    /// <summary>Makes a TUN device in the test's namespace, on a thread that enters it, with a descriptor that children inherit.</summary>
    private int OpenTun(string name)
    {
        var descriptor = -1;
        var thread = new Thread(() =>
        {
            using var place = File.OpenHandle("/var/run/netns/" + _place.Name);
            Assert.Equal(0, Native.setns((int)place.DangerousGetHandle(), 0));
            fixed (byte* path = "/dev/net/tun\0"u8) descriptor = Libc.open(path, Libc.O_RDWR);
            var request = stackalloc byte[40];
            new Span<byte>(request, 40).Clear();
            Encoding.ASCII.GetBytes(name, new Span<byte>(request, 15));
            *(short*)(request + 16) = Native.IFF_TUN | Native.IFF_NO_PI;
            Assert.Equal(0, Native.ioctl(descriptor, Native.TUNSETIFF, request));
        });
        thread.Start();
        thread.Join();
        return descriptor;
    }
}
