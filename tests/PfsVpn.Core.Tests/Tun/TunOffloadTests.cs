using PfsVpn.Tun;
using Xunit.Abstractions;

namespace PfsVpn.Tests.Tun;

/// <summary>TCP and UDP of the system through two TUNs, with offloads and without.</summary>
public sealed class TunOffloadTests(ITestOutputHelper output)
{
    private const int Bulk = 16 * 1024 * 1024;

    [NetworkFact]
    public void A_bulk_transfer_is_read_in_super_packets_and_written_in_super_packets()
    {
        foreach (var to in (string[])[TunRelay.Right4, TunRelay.Right6])
        {
            using var relay = new TunRelay(TunOffloadOptions.All);
            Assert.Equal((true, true, true), (relay.Left.Offloads.VirtioHeaders, relay.Left.Offloads.Tso, relay.Left.Offloads.TcpGro));
            relay.Transfer(to, Bulk);
            var received = relay.Received();
            output.WriteLine($"{to}: {relay.Carried} packets, at most {relay.MostSegments} of one super-packet, {received} writes, {relay.Left.Offloads}");
            Assert.Equal(LinuxGsoLimit.SegmentsOf(TunRelay.Mtu), relay.MostSegments);
            Assert.True(received * 4 < relay.Carried);
            Assert.Equal(0, relay.Refused);
        }
    }
}
