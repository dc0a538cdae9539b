using System.Buffers;
using System.Text;
using PfsVpn.Configuration;
using PfsVpn.Runtime;
using PfsVpn.TestSupport.Simulation;
using PfsVpn.Timers;
using PfsVpn.Tun;

namespace PfsVpn.Tests.Cli.View;

/// <summary>What pfsvpnd itself would answer for a device of the simulation, so that the tests of its readers are about the real thing.</summary>
internal static class RealStatus
{
    /// <summary>The line of <c>status=1</c>.</summary>
    public static string Of(SimulatedNetwork network, SimulatedHost host, string name = "wg0", IReadOnlyList<Protection>? protections = null)
    {
        var text = new ArrayBufferWriter<byte>();
        using var tun = new NamedTun(name);
        using var udp = new UdpTransport();
        StatusWriter.Write(text, new StatusSource(host.Device, tun, udp, null, new MonotonicTime(1)), protections, network.Now);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    /// <summary>The lines of <c>get=1</c>, without errno.</summary>
    public static string Get(SimulatedHost host)
    {
        var text = new ArrayBufferWriter<byte>();
        UapiGetWriter.Write(host.Device.Describe(51820), text);
        return Encoding.UTF8.GetString(text.WrittenSpan).Replace("errno=0\n\n", "", StringComparison.Ordinal);
    }

    private sealed class NamedTun(string name) : ITunDevice
    {
        public string Name => name;

        public int Mtu => 1420;

        public IReadOnlyList<ITunQueue> Queues => [];

        public TunOffloads Offloads { get; } = new(true, true, true, true, true, 1);

        public ITunWriter OpenWriter() => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
