using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Text.Json;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Scenarios;

/// <summary>The data path in each of its forms: with more threads, without each offload, with each kernel of the AEAD.</summary>
[Collection(Heavy.Name)]
public sealed class DataPathTests(ITestOutputHelper output)
{
    private const long Size = 48L << 20;

    [SystemTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Packets_of_a_flow_keep_their_order_with_any_number_of_threads(int threads)
    {
        await using var network = Network("PFSVPN_THREADS", $"{threads}");
        var tunnel = await Tunnel.CreateAsync(network, Implementation.PfsVpn, Implementation.PfsVpn);
        await tunnel.ConnectAsync();
        var status = await ControlSocket.StatusAsync(tunnel.Left.Interface);
        Assert.Equal(threads, status.GetProperty("tun_queues").GetInt32());
        Assert.Equal(2 * threads, status.GetProperty("udp_receivers").GetInt32());

        const int flows = 8, datagrams = 20_000;
        var there = await NumberedFlows.RunAsync(tunnel.Left.Interior, tunnel.Right.Interior, Tunnel.RightV4, flows, datagrams);
        var back = await NumberedFlows.RunAsync(tunnel.Right.Interior, tunnel.Left.Interior, Tunnel.LeftV4, flows, datagrams);
        network.Journal.Add("result", $"{threads} threads: {there} and {back} of {flows * datagrams} datagrams arrived, all in order");
        Assert.InRange(Math.Min(there, back), flows * datagrams / 100, flows * datagrams);
    }

    [SystemTheory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Several_connections_at_once_arrive_intact_with_more_threads(int threads)
    {
        await using var network = Network("PFSVPN_THREADS", $"{threads}");
        var tunnel = await Tunnel.CreateAsync(network, Implementation.PfsVpn, Implementation.PfsVpn);
        await tunnel.ConnectAsync();
        await TransferBothWaysAsync(tunnel);
    }

    [SystemTheory]
    [InlineData("tso", "tun_tso")]
    [InlineData("uso", "tun_uso")]
    [InlineData("gro", "tun_tcp_gro")]
    [InlineData("udp-gso", "udp_gso")]
    [InlineData("udp-gro", "udp_gro")]
    [InlineData("all", "tun_tso", "tun_uso", "tun_tcp_gro", "tun_udp_gro", "udp_gso", "udp_gro")]
    public async Task Without_an_offload_everything_arrives_as_well(string off, params string[] shown)
    {
        await using var network = Network("PFSVPN_NO_OFFLOAD", off);
        var tunnel = await Tunnel.CreateAsync(network, Implementation.PfsVpn, Implementation.PfsVpn);
        await tunnel.ConnectAsync();
        var offloads = (await ControlSocket.StatusAsync(tunnel.Left.Interface)).GetProperty("offloads");
        foreach (var name in shown) Assert.False(offloads.GetProperty(name).GetBoolean(), $"{name} is in force with PFSVPN_NO_OFFLOAD={off}");
        await TransferBothWaysAsync(tunnel);
        await UdpExchange.RunAsync(tunnel.Left.Interior, tunnel.Right.Interior, Tunnel.RightV4, [0, 1, 100, 1392, 1393, 20_000]);
    }

    [SystemFact]
    public async Task With_everything_on_the_status_says_so()
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, Implementation.PfsVpn, Implementation.PfsVpn);
        await tunnel.ConnectAsync();
        var status = await ControlSocket.StatusAsync(tunnel.Left.Interface);
        Assert.All(status.GetProperty("offloads").EnumerateObject(), offload => Assert.Equal(JsonValueKind.True, offload.Value.ValueKind));
    }

    [SystemTheory, MemberData(nameof(Kernels))]
    public async Task Each_kernel_of_the_aead_talks_to_wireguard_go(string kernel)
    {
        await using var network = Network("PFSVPN_AEAD", kernel);
        var tunnel = await Tunnel.CreateAsync(network, Implementation.PfsVpn, Implementation.WireGuardGo);
        await tunnel.ConnectAsync();
        Assert.Equal(kernel, (await ControlSocket.StatusAsync(tunnel.Left.Interface)).GetProperty("aead").GetString());
        await Transfer.RunAsync(tunnel.Left.Interior, tunnel.Right.Interior, Tunnel.RightV4, Size / 2);
        await Transfer.RunAsync(tunnel.Right.Interior, tunnel.Left.Interior, Tunnel.LeftV4, Size / 2);
    }

    /// <summary>Those for which this processor has the instructions.</summary>
    public static TheoryData<string> Kernels()
    {
        var kernels = new TheoryData<string> { "scalar" };
        if (Vector128.IsHardwareAccelerated) kernels.Add("vector128");
        if (Avx2.IsSupported) kernels.Add("vector256");
        if (Avx512BW.IsSupported) kernels.Add("vector512");
        return kernels;
    }

    private static async Task TransferBothWaysAsync(Tunnel tunnel) => await Task.WhenAll(
        Transfer.RunAsync(tunnel.Left.Interior, tunnel.Right.Interior, Tunnel.RightV4, Size),
        Transfer.RunAsync(tunnel.Left.Interior, tunnel.Right.Interior, Tunnel.RightV6, Size),
        Transfer.RunAsync(tunnel.Right.Interior, tunnel.Left.Interior, Tunnel.LeftV4, Size),
        Transfer.RunAsync(tunnel.Right.Interior, tunnel.Left.Interior, Tunnel.LeftV6, Size));

    private TestNetwork Network(string variable, string value) => new(output) { LogLevel = "info", Environment = new Dictionary<string, string>(StringComparer.Ordinal) { [variable] = value } };
}
