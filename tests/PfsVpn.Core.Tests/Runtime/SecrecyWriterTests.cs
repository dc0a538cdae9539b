using System.Buffers;
using System.Text;
using System.Text.Json;
using PfsVpn.Runtime;
using PfsVpn.TestSupport.Simulation;
using PfsVpn.Tests.Simulation;
using PfsVpn.Transport;

namespace PfsVpn.Tests.Runtime;

/// <summary>What the daemon says about its keys is what its device holds.</summary>
public sealed class SecrecyWriterTests
{
    [Fact]
    public void Without_any_key_nothing_is_exposed()
    {
        using var pair = new Pair();
        var secrecy = Write(pair.Network, pair.Alice);
        Assert.Equal((0.0, 0ul), (Number(secrecy, "exposure_seconds"), secrecy.GetProperty("exposure_bytes").GetUInt64()));
        Assert.Equal((0, 1), (secrecy.GetProperty("peers").GetArrayLength(), secrecy.GetProperty("peers_without_keys").GetInt32()));
        Assert.Equal(1, secrecy.GetProperty("keys").GetProperty("StaticPrivateKey").GetProperty("alive").GetInt32());
        Assert.Equal(JsonValueKind.Null, secrecy.GetProperty("protections").ValueKind);
    }

    [Fact]
    public void The_exposure_is_the_age_of_the_oldest_key_and_the_bytes_on_all_that_exist()
    {
        using var pair = new Pair();
        pair.Connect();
        // The packets of Connect, 100 bytes padded to 112, and their overhead; the first came behind no keepalive.
        const ulong Connected = 2 * (112 + 32);
        var secrecy = Write(pair.Network, pair.Alice);
        Assert.Equal(0.38, Number(secrecy, "exposure_seconds"), 3);
        Assert.Equal(Connected, secrecy.GetProperty("exposure_bytes").GetUInt64());

        pair.Network.Run(120);
        pair.AliceSends();
        pair.Network.Run(1);
        secrecy = Write(pair.Network, pair.Alice);
        var peer = Assert.Single(secrecy.GetProperty("peers").EnumerateArray());
        Assert.Equal(121.38, Number(peer, "exposure_seconds"), 3);
        Assert.Equal("current previous", string.Join(' ', peer.GetProperty("keypairs").EnumerateArray().Select(static key => key.GetProperty("role").GetString())));
        var (current, previous) = (peer.GetProperty("keypairs")[0], peer.GetProperty("keypairs")[1]);
        Assert.Equal((0.98, 119.02), (Number(current, "age_seconds"), Number(current, "rekey_in_seconds")));
        Assert.Equal((179.02, 58.62), (Number(current, "ends_in_seconds"), Number(previous, "ends_in_seconds")));
        Assert.Equal((false, true, true), (current.GetProperty("confirmed").GetBoolean(), previous.GetProperty("confirmed").GetBoolean(), current.GetProperty("initiator").GetBoolean()));
        Assert.Equal(peer.GetProperty("exposure_bytes").GetUInt64(), current.GetProperty("bytes").GetUInt64() + previous.GetProperty("bytes").GetUInt64());

        // Heard on the newer one, the older one ends 5 s later, and with it what was exposed.
        pair.BobSends();
        pair.Network.Run(1);
        Assert.Equal(4.01, Number(Write(pair.Network, pair.Alice).GetProperty("peers")[0].GetProperty("keypairs")[1], "ends_in_seconds"), 3);
        pair.Network.Run(5);
        secrecy = Write(pair.Network, pair.Alice);
        Assert.Equal(6.98, Number(secrecy, "exposure_seconds"), 3);
        Assert.Equal(1, secrecy.GetProperty("peers")[0].GetProperty("erased_by_reason").GetProperty("PreviousRetired").GetInt32());
        Assert.Equal("PreviousRetired", secrecy.GetProperty("latest_ends")[0].GetProperty("reason").GetString());
    }

    [Fact]
    public void A_handshake_without_an_answer_is_told_with_its_age()
    {
        using var pair = new Pair();
        pair.CutTheLink();
        pair.AliceSends();
        pair.Network.Run(7);
        var handshake = Write(pair.Network, pair.Alice).GetProperty("peers")[0].GetProperty("handshake");
        Assert.Equal(7, Number(handshake, "unanswered_seconds"), 3);
        Assert.InRange(Number(handshake, "age_seconds"), 1.6, 2);
    }

    [Fact]
    public void The_worst_of_all_ends_is_told()
    {
        using var pair = new Pair();
        pair.Connect();
        var keypair = pair.BobAtAlice.Keypairs.Current!;
        Assert.True(keypair.TryAcquire());
        pair.Network.Run(180);
        Assert.Equal(1, Write(pair.Network, pair.Alice).GetProperty("keypairs_ending").GetInt32());
        keypair.Release();
        pair.Network.Run(3);
        var secrecy = Write(pair.Network, pair.Alice);
        var worst = Number(secrecy, "worst_outliving_ms");
        Assert.InRange(worst, 379, 381);
        Assert.Equal(worst, Number(secrecy.GetProperty("worst_end"), "outlived_ms"));
        Assert.Equal(180, Number(secrecy.GetProperty("worst_end"), "deadline_at_age_seconds"));
        Assert.Equal(worst, Number(secrecy.GetProperty("peers")[0], "worst_outliving_ms"));
    }

    [Fact]
    public void Protections_are_handed_on()
    {
        using var pair = new Pair();
        var secrecy = Write(pair.Network, pair.Alice, [new Protection("no cores", true, "the limit is 0", null), new Protection("no swap", false, "it is on", "swapoff -a")]);
        var protections = secrecy.GetProperty("protections");
        Assert.Equal("[{\"name\":\"no cores\",\"holds\":true,\"detail\":\"the limit is 0\",\"remedy\":null},"
            + "{\"name\":\"no swap\",\"holds\":false,\"detail\":\"it is on\",\"remedy\":\"swapoff -a\"}]", protections.GetRawText());
    }

    [Fact]
    public void Every_kind_and_reason_is_explained_in_the_documentation_of_the_JSON()
    {
        var document = File.ReadAllText(Path.Combine(Architecture.SourceFile.Root, "docs", "secrecy-json.md"));
        Assert.All(Enum.GetNames<KeyKind>().Concat(Enum.GetNames<KeyEndReason>()), name => Assert.Contains($"`{name}`", document, StringComparison.Ordinal));
        using var pair = new Pair();
        pair.Connect();
        var secrecy = Write(pair.Network, pair.Alice);
        Assert.All(Members(secrecy).Where(static name => !Enum.TryParse<KeyKind>(name, out _) && !Enum.TryParse<KeyEndReason>(name, out _)), name => Assert.Contains($"`{name}`", document, StringComparison.Ordinal));
    }

    /// <summary>The object of <paramref name="host"/>'s device, and that it is one.</summary>
    internal static JsonElement Write(SimulatedNetwork network, SimulatedHost host, IReadOnlyList<Protection>? protections = null)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text)) new SecrecyWriter(json, host.Device, network.Now).Write("test0", protections);
        return JsonElement.Parse(Encoding.UTF8.GetString(text.WrittenSpan));
    }

    private static double Number(JsonElement json, string name) => json.GetProperty(name).GetDouble();

    private static IEnumerable<string> Members(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().SelectMany(static member => Members(member.Value).Prepend(member.Name)),
        JsonValueKind.Array => json.EnumerateArray().SelectMany(Members),
        _ => [],
    };
}
