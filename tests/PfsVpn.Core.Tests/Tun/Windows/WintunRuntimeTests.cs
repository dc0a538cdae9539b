using Microsoft.Extensions.Logging.Abstractions;
using PfsVpn.Crypto;
using PfsVpn.Interop.Windows;
using PfsVpn.Runtime;
using PfsVpn.TestSupport;
using PfsVpn.Tun;
using PfsVpn.Udp;

namespace PfsVpn.Tests.Tun.Windows;

/// <summary>A device with its pumps over an adapter whose driver is the test.</summary>
public sealed class WintunRuntimeTests
{
    [Theory]
    [InlineData(Wintun.ERROR_HANDLE_EOF, nameof(DeviceEnd.InterfaceDeleted))]
    [InlineData(Wintun.ERROR_INVALID_DATA, nameof(DeviceEnd.InterfaceFailed))]
    public async Task A_device_ends_in_order_when_its_adapter_goes_away_and_with_an_error_when_that_fails(int error, string end)
    {
        var session = new FakeWintunSession();
        var changes = new FakeIpChanges();
        using var runtime = Start(session, changes);
        session.Deliver(TestPackets.Ip("10.0.0.1", "10.0.0.2"));
        await DrainedAsync(session);
        session.End(error);
        Assert.Equal(end, (await runtime.Completion.WaitAsync(TimeSpan.FromSeconds(30))).ToString());
        Assert.Equal(1, session.Disposals);
        Assert.True(changes.IsDisposed);
        session.Free();
    }

    [Fact]
    public async Task A_packet_for_nobody_is_answered_through_the_ring()
    {
        var session = new FakeWintunSession();
        using (var runtime = Start(session, new FakeIpChanges()))
        {
            byte[]? answer = null;
            for (var sent = 0; answer is null; sent++)
            {
                // The first ones may find the interface not up yet.
                Assert.True(sent < 500, "no ICMP unreachable came");
                session.Deliver(TestPackets.Ip("10.0.0.1", "10.0.0.2"));
                await Task.Delay(20);
                answer = session.Collect();
            }
            Assert.Equal(1, answer[9]);
            runtime.Stop(DeviceEnd.Stopped);
            Assert.Equal(DeviceEnd.Stopped, await runtime.Completion.WaitAsync(TimeSpan.FromSeconds(30)));
        }
        Assert.Equal(1, session.Disposals);
        session.Free();
    }

    private static DeviceRuntime Start(FakeWintunSession session, FakeIpChanges changes)
    {
        var tun = new WintunDevice(session, new FakeAdapterSettings(), "wg0", 1420, processors: 2);
        var runtime = new DeviceRuntime(new DeviceRuntimeOptions
        {
            Tun = tun,
            Sockets = new LinuxUdpSocketFactory(),
            Arena = SecretArena.Create(),
            Logger = NullLogger.Instance,
            Links = new WindowsLinkMonitor(tun, changes),
            PublishesMetrics = false,
        });
        runtime.Start();
        return runtime;
    }

    private static async Task DrainedAsync(FakeWintunSession session)
    {
        for (var waited = 0; session.Waits == 0; waited++)
        {
            Assert.True(waited < 10_000, "nobody read the ring within ten seconds");
            await Task.Delay(1);
        }
    }
}
