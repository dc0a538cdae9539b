using System.Text.Json;
using PfsVpn.Device;
using PfsVpn.Runtime;
using PfsVpn.Tests.Simulation;
using PfsVpn.Transport;

namespace PfsVpn.Tests.Cli.View;

/// <summary>What programs read: every output is as its schema in docs/schema says, whatever daemon answers, and holds no secret.</summary>
public sealed class JsonOutputTests
{
    private const long Now = 1_700_000_000;

    [Fact]
    public void An_interface_of_pfsvpnd_is_as_the_schema_says()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Network.Run(120.4);
        pair.AliceSends();
        pair.Network.Run(1);
        var shown = ShowOne(pair);
        Assert.Equal((1, "wg0", 51820), (shown.GetProperty("schema").GetInt32(), shown.GetProperty("interface").GetString(), shown.GetProperty("listen_port").GetInt32()));
        Assert.Equal(pair.Alice.PublicKey.ToString(), shown.GetProperty("public_key").GetString());
        Assert.Equal(1420, shown.GetProperty("mtu").GetInt32());
        var peer = Assert.Single(shown.GetProperty("peers").EnumerateArray());
        Assert.Equal(("connected", 2), (peer.GetProperty("state").GetString(), peer.GetProperty("keypairs").GetArrayLength()));
        Assert.InRange(peer.GetProperty("exposure_seconds").GetDouble(), 121, 122);
        Assert.True(peer.GetProperty("rx_bytes").GetInt64() > 0);
        Assert.Equal("[\"10.0.0.2/32\",\"fd00::2/128\"]", peer.GetProperty("allowed_ips").GetRawText());
    }

    [Fact]
    public void A_peer_without_keys_has_none_and_a_handshake_without_answer_is_told()
    {
        using var pair = new Pair();
        var before = ShowOne(pair).GetProperty("peers")[0];
        Assert.Equal(("never", 0, 0.0), (before.GetProperty("state").GetString(), before.GetProperty("keypairs").GetArrayLength(), before.GetProperty("exposure_seconds").GetDouble()));
        pair.CutTheLink();
        pair.AliceSends();
        pair.Network.Run(17);
        var peer = ShowOne(pair).GetProperty("peers")[0];
        Assert.Equal("handshaking", peer.GetProperty("state").GetString());
        Assert.Equal(17, peer.GetProperty("handshake").GetProperty("unanswered_seconds").GetDouble(), 3);
    }

    [Fact]
    public void Of_another_daemon_there_is_what_wg_knows_and_nothing_else()
    {
        using var stage = new CliStage();
        foreach (var name in CannedDevices.Names)
        {
            stage.Start(name, CannedDevices.Get(name, Now));
            var run = stage.CliAt(DateTimeOffset.FromUnixTimeSeconds(Now), ["show", name, "--json"]);
            Assert.Equal((0, ""), (run.ExitCode, run.Error));
            var shown = JsonElement.Parse(run.Output);
            AssertValid("show", shown);
            Assert.Equal(["schema", "interface", "public_key", "private_key", "listen_port", "fwmark", "bind_device", "bind_address", "rekey_after_seconds", "rekey_after_bytes", "peers"], shown.EnumerateObject().Select(static member => member.Name));
        }
        var usual = JsonElement.Parse(stage.CliAt(DateTimeOffset.FromUnixTimeSeconds(Now), ["show", "usual", "--json"]).Output);
        var (first, second) = (usual.GetProperty("peers")[0], usual.GetProperty("peers")[1]);
        Assert.Equal(("connected", "192.0.2.1:51820", 62.0), (first.GetProperty("state").GetString(), first.GetProperty("endpoint").GetString(), Math.Round(first.GetProperty("last_handshake_seconds_ago").GetDouble())));
        Assert.Equal((true, false), (first.GetProperty("preshared_key").GetProperty("present").GetBoolean(), second.GetProperty("preshared_key").GetProperty("present").GetBoolean()));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("last_handshake_seconds_ago").ValueKind);
        var blank = JsonElement.Parse(stage.Cli(["show", "blank", "--json"]).Output);
        Assert.Equal((JsonValueKind.Null, false), (blank.GetProperty("public_key").ValueKind, blank.GetProperty("private_key").GetProperty("present").GetBoolean()));
    }

    [Fact]
    public void No_secret_is_in_it()
    {
        using var stage = new CliStage();
        var answer = CannedDevices.Get("usual", Now);
        stage.Start("wg0", answer);
        var text = stage.Cli(["show", "--json"]).Output;
        Assert.Contains("\"private_key\":{\"present\":true}", text, StringComparison.Ordinal);
        foreach (var line in answer.Split('\n').Where(static line => line.StartsWith("private_key=", StringComparison.Ordinal) || line.StartsWith("preshared_key=", StringComparison.Ordinal)))
        {
            var secret = Convert.FromHexString(line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..]);
            Assert.DoesNotContain(Convert.ToBase64String(secret), text, StringComparison.Ordinal);
            Assert.DoesNotContain(Convert.ToHexString(secret), text, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public void Each_interface_is_a_line_and_one_that_does_not_answer_is_complained_of()
    {
        using var stage = new CliStage();
        stage.Start("wg1", CannedDevices.Get("usual", Now));
        stage.Start("wg0", CannedDevices.Get("port-only", Now));
        stage.Start("wg2", "", errno: 5);
        foreach (var words in new[] { new[] { "show", "--json" }, ["show", "all", "--json"], ["show", "--json", "all"] })
        {
            var run = stage.Cli(words);
            Assert.Equal((0, "Unable to access interface wg2: Input/output error\n"), (run.ExitCode, run.Error));
            Assert.Equal(["wg0", "wg1"], run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonElement.Parse(line).GetProperty("interface").GetString()!));
        }
        var gone = stage.Cli(["show", "wg7", "--json"]);
        Assert.Equal((1, ""), (gone.ExitCode, gone.Output));
        Assert.StartsWith("Unable to access interface wg7: No such device", gone.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_names_of_all_interfaces_are_a_list()
    {
        using var stage = new CliStage();
        Assert.Equal("{\"schema\":1,\"interfaces\":[]}\n", stage.Cli(["show", "interfaces", "--json"]).Output);
        stage.Start("wg1");
        stage.Start("wg0");
        var run = stage.Cli(["show", "interfaces", "--json"]);
        Assert.Equal("{\"schema\":1,\"interfaces\":[\"wg0\",\"wg1\"]}\n", run.Output);
        AssertValid("interfaces", JsonElement.Parse(run.Output));
    }

    [Fact]
    public void A_selector_beside_it_is_refused()
    {
        using var stage = new CliStage();
        var run = stage.Cli(["show", "wg0", "peers", "--json"]);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("--json prints everything: `peers' cannot stand beside it\nUsage: pfsvpn show ", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"secrecy\":17}")]
    [InlineData("{\"peers\":{}}")]
    [InlineData("{\"peers\":[{}]}")]
    [InlineData("{\"peers\":[{\"public_key\":17}]}")]
    [InlineData("{")]
    public void A_status_that_is_nonsense_is_an_error_and_no_crash(string status)
    {
        using var stage = new CliStage();
        stage.Start("wg0", CannedDevices.Get("usual", Now)).Status = status;
        var run = stage.Cli(["show", "wg0", "--json"]);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("Unable to access interface wg0: Protocol error; the daemon's answer is malformed (", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_secrecy_says_is_as_its_schema_says()
    {
        using var pair = new Pair();
        using var stage = new CliStage();
        stage.Start("wg0").Status = RealStatus.Of(pair.Network, pair.Alice, protections: [new Protection("no cores", true, "", null)]);
        AssertValid("secrecy", JsonElement.Parse(stage.Cli(["secrecy", "--json"]).Output));
        pair.Connect();
        var keypair = pair.BobAtAlice.Keypairs.Current!;
        Assert.True(keypair.TryAcquire());
        pair.Network.Run(180.4);
        keypair.Release();
        pair.AliceSends();
        pair.Network.Run(1);
        stage.Start("wg1").Status = RealStatus.Of(pair.Network, pair.Alice, "wg1");
        var later = JsonElement.Parse(stage.Cli(["secrecy", "wg1", "--json"]).Output);
        AssertValid("secrecy", later);
        Assert.Equal(JsonValueKind.Object, later.GetProperty("worst_end").ValueKind);
    }

    [Fact]
    public void Every_reason_and_kind_is_in_the_schemas()
    {
        var (show, secrecy) = (Definitions("show"), Definitions("secrecy"));
        Assert.Equal(Enum.GetNames<DropReason>(), Words(show, "dropReason"));
        Assert.Equal(Enum.GetNames<KeyEndReason>(), Words(show, "endReason"));
        Assert.Equal(Enum.GetNames<KeyEndReason>(), Words(secrecy, "endReason"));
        Assert.Equal(Enum.GetNames<KeyKind>(), Words(secrecy, "kind"));
        Assert.Equal(Enum.GetNames<HandshakeFailure>().Except([nameof(HandshakeFailure.None)], StringComparer.Ordinal), Words(show, "failureReason"));
    }

    [Fact]
    public void A_member_that_nobody_documented_is_found()
    {
        using var pair = new Pair();
        using var stage = new CliStage();
        stage.Start("wg0", RealStatus.Get(pair.Alice)).Status = RealStatus.Of(pair.Network, pair.Alice).Replace("\"up\":", "\"upward\":1,\"up\":", StringComparison.Ordinal)
            .Replace("\"connected\":", "\"disconnected\":1,\"connected\":", StringComparison.Ordinal).Replace("\"drops\":{", "\"drops\":{\"Dropped\":1", StringComparison.Ordinal);
        var wrong = JsonSchema.Load("show").Check(JsonElement.Parse(stage.Cli(["show", "--json"]).Output));
        Assert.Equal(["$.upward is not documented", "$.drops.Dropped (its name) is Dropped, which is none of the words", "$.peers[0].disconnected is not documented"], wrong);
    }

    [Fact]
    public void The_examples_in_the_documentation_are_as_the_schemas_say()
    {
        var document = File.ReadAllText(Path.Combine(Architecture.SourceFile.Root, "docs", "json.md"));
        var examples = document.Split("```json ").Skip(1).Select(static part => part.Split("```")[0]).ToList();
        Assert.NotEmpty(examples);
        foreach (var example in examples)
        {
            var end = example.IndexOf('\n', StringComparison.Ordinal);
            AssertValid(example[..end], JsonElement.Parse(example[end..]));
        }
    }

    private static JsonElement ShowOne(Pair pair)
    {
        using var stage = new CliStage();
        stage.Start("wg0", RealStatus.Get(pair.Alice)).Status = RealStatus.Of(pair.Network, pair.Alice);
        var run = stage.CliAt(DateTimeOffset.UtcNow, ["show", "wg0", "--json"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var shown = JsonElement.Parse(run.Output);
        AssertValid("show", shown);
        return shown;
    }

    private static void AssertValid(string schema, JsonElement value) => Assert.Empty(JsonSchema.Load(schema).Check(value));

    private static JsonElement Definitions(string schema) => JsonElement.Parse(File.ReadAllText(Path.Combine(Architecture.SourceFile.Root, "docs", "schema", schema + ".json"))).GetProperty("$defs");

    private static IEnumerable<string> Words(JsonElement definitions, string name) => definitions.GetProperty(name).GetProperty("enum").EnumerateArray().Select(static word => word.GetString()!);
}
