using System.Net;
using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Everyday;

/// <summary>The tunnel that is broken and mended: IPv4 only, each end with a file.</summary>
internal static class DoctorTunnel
{
    public const int LeftPort = 51831, RightPort = 51832;

    /// <summary>What the left end is told of the right one.</summary>
    public static PeerSettings Server(TunnelEnd right) => new(right.PublicKey, "10.77.0.2/32") { Endpoint = $"10.9.0.2:{RightPort}" };

    /// <summary>Two hosts, a tunnel of IPv4 between them, connected, and a file for each end.</summary>
    public static async Task<(TunnelEnd Left, TunnelEnd Right, DoctorBed LeftBed, DoctorBed RightBed)> CreateAsync(TestNetwork network)
    {
        var (leftHost, rightHost) = await network.AddTwoHostsAsync();
        var starts = new[] { network.StartAsync(Implementation.PfsVpn, leftHost), network.StartAsync(Implementation.PfsVpn, rightHost) };
        var (left, right) = (await starts[0], await starts[1]);
        var (leftBed, rightBed) = (new DoctorBed(left, "10.77.0.1/24", LeftPort), new DoctorBed(right, "10.77.0.2/24", RightPort));
        await leftBed.ConfigureAsync(Server(right));
        await rightBed.ConfigureAsync(new PeerSettings(left.PublicKey, "10.77.0.1/32"));
        await left.UpAsync(1420, "10.77.0.1/24");
        await right.UpAsync(1420, "10.77.0.2/24");
        using var ping = Pinger.Open(left.Interior, IPAddress.Parse("10.77.0.2"));
        await ping.UntilAnsweredAsync();
        return (left, right, leftBed, rightBed);
    }
}
