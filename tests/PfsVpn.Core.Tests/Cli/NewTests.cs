using System.Diagnostics;
using PfsVpn.Cli.Provision;
using PfsVpn.Crypto;
using PfsVpn.Packets;

namespace PfsVpn.Tests.Cli;

/// <summary>Servers and clients made from nothing.</summary>
public sealed class NewTests : IDisposable
{
    private readonly CliStage _stage = new();
    private readonly string _folder;

    public NewTests() => _folder = Path.Combine(Path.GetDirectoryName(_stage.ControlDirectory)!, "etc");

    private string ServerPath => Path.Combine(_folder, "new0.conf");

    public void Dispose() => _stage.Dispose();

    [Fact]
    public void A_server_and_its_clients_fit_each_other()
    {
        Assert.Equal(0, New("server new0 --endpoint vpn.example.com --subnet 10.200.1.0/24 --subnet6 fd12:3456:789a::/64 --dns 10.200.1.1").ExitCode);
        Assert.Equal(0, New("client phone").ExitCode);
        Assert.Equal(0, New("client new0 laptop --full-tunnel --no-psk").ExitCode);
        var server = Keys(File.ReadAllText(ServerPath));
        var (phone, laptop) = (Keys(File.ReadAllText(ClientPath("phone"))), Keys(File.ReadAllText(ClientPath("laptop"))));
        Assert.Equal(("10.200.1.1/24, fd12:3456:789a::1/64", "51820"), (server["Address"][0], server["ListenPort"][0]));
        Assert.Equal(["phone", "laptop"], server["#! Name"]);
        Assert.Equal(["10.200.1.2/32, fd12:3456:789a::2/128", "10.200.1.3/32, fd12:3456:789a::3/128"], server["AllowedIPs"]);
        Assert.Equal([PublicOf(phone["PrivateKey"][0]), PublicOf(laptop["PrivateKey"][0])], server["PublicKey"]);
        Assert.Equal(server["PresharedKey"], phone["PresharedKey"]);
        Assert.False(laptop.ContainsKey("PresharedKey"));
        Assert.Equal(PublicOf(server["PrivateKey"][0]), phone["PublicKey"][0]);
        Assert.Equal(("10.200.1.2/32, fd12:3456:789a::2/128", "10.200.1.1", "vpn.example.com:51820", "25"), (phone["Address"][0], phone["DNS"][0], phone["Endpoint"][0], phone["PersistentKeepalive"][0]));
        Assert.Equal(("10.200.1.0/24, fd12:3456:789a::/64", "0.0.0.0/0, ::/0"), (phone["AllowedIPs"][0], laptop["AllowedIPs"][0]));
        Assert.All(new[] { ServerPath, ClientPath("phone") }, static path => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(ClientPath("phone"))!));
        var list = New("list").Output.Split('\n');
        Assert.StartsWith("phone   10.200.1.2, fd12:3456:789a::2", list[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Networks_are_private_random_and_beside_those_of_the_host()
    {
        IpPrefix[] taken = [.. Enumerable.Range(0, 256).Where(static second => second != 77).Select(static second => new IpPrefix(new IpAddress((10u << 24) | ((uint)second << 16)), 16))];
        Assert.Equal(77u, (AddressPlan.RandomV4(SystemRandom.Instance, taken).Address.V4 >> 16) & 255);
        var several = Enumerable.Range(0, 20).Select(static _ => AddressPlan.RandomV6(SystemRandom.Instance)).ToList();
        Assert.All(several, static network => Assert.Matches("^fd[0-9a-f]{2}:.*::/64$", network.ToString()));
        Assert.Equal(20, several.Distinct().Count());
    }

    [Theory]
    [InlineData("10.0.0.0/24", "10.0.0.1/32", "10.0.0.2")]
    [InlineData("10.0.0.0/24", "10.0.0.1/32 10.0.0.2/32 10.0.0.4/32", "10.0.0.3")]
    [InlineData("10.0.0.0/24", "10.0.0.1/32 10.0.0.0/25", "10.0.0.128")]
    [InlineData("10.0.0.0/24", "10.0.0.1/32 0.0.0.0/0 10.0.0.0/24", "10.0.0.2")]
    [InlineData("10.0.0.0/30", "10.0.0.1/32 10.0.0.2/32", null)]
    [InlineData("10.0.0.0/31", "", null)]
    [InlineData("10.0.0.0/8", "10.0.0.0/9", "10.128.0.0")]
    [InlineData("fd00::/64", "fd00::1/128", "fd00::2")]
    [InlineData("fd00::/64", "fd00::/96", null)]
    [InlineData("fd00::/126", "fd00::1/128 fd00::2/128", "fd00::3")]
    public void The_next_free_address_is_found(string network, string used, string? expected)
    {
        static IpPrefix Prefix(string text) => PfsVpn.Cli.Input.Prefixes.TryParse(text, out _, out var prefix) ? prefix : throw new FormatException(text);
        var found = AddressPlan.NextFree(Prefix(network), [.. used.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Prefix)]);
        Assert.Equal(expected, found?.ToString());
    }

    [Fact]
    public void What_is_there_is_not_replaced_and_no_name_or_address_given_twice()
    {
        Assert.Equal(0, New("server new0 --endpoint 192.0.2.1 --subnet 10.200.1.0/24 --subnet6 none").ExitCode);
        Assert.Equal(0, New("client phone").ExitCode);
        var before = File.ReadAllText(ServerPath);
        AssertRefused("there is such a file", "server new0 --endpoint 192.0.2.1");
        File.Delete(ClientPath("phone"));
        AssertRefused("there is a client named phone already", "client phone");
        AssertRefused("there is a client named phone already", "client PHONE");
        AssertRefused("10.200.1.2 is another's already", "client other --address 10.200.1.2");
        AssertRefused("10.200.1.1 is another's already", "client other --address 10.200.1.1");
        AssertRefused("is no name for a client", "client ../x");
        AssertRefused("--allowed-ips: not an IP address", "client other --allowed-ips x");
        AssertRefused("there is no client named nobody; those that there are: phone", "remove nobody");
        AssertRefused("there is no such server", "client new1 phone");
        AssertRefused("--endpoint is missing", "server new1");
        AssertRefused("has bits behind its length; the network is 10.200.1.0/24", "server new1 --endpoint x --subnet 10.200.1.5/24");
        AssertRefused("not the name of a network device", "server new1 --endpoint x --nat eth0';reboot");
        Assert.Equal(before, File.ReadAllText(ServerPath));
        Assert.Equal(["settings"], Directory.GetFiles(Path.GetDirectoryName(ClientPath("x"))!).Select(Path.GetFileName));
    }

    [Fact]
    public void A_removed_client_leaves_the_rest_of_the_file_byte_for_byte()
    {
        const string Tail = "\n[Peer]\n# by hand\nPublicKey = AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\nAllowedIPs=10.200.1.77/32\n";
        Assert.Equal(0, New("server new0 --endpoint 192.0.2.1 --subnet 10.200.1.0/24").ExitCode);
        File.AppendAllText(ServerPath, Tail);
        var before = File.ReadAllText(ServerPath);
        New("client phone");
        var between = File.ReadAllText(ServerPath) + "\n# About the laptop:\n";
        File.WriteAllText(ServerPath, between);
        New("client laptop");
        Assert.Equal(0, New("remove laptop").ExitCode);
        Assert.Equal(between, File.ReadAllText(ServerPath));
        Assert.Equal(0, New("remove phone").ExitCode);
        Assert.Equal(before + "\n# About the laptop:\n", File.ReadAllText(ServerPath));
        Assert.False(File.Exists(ClientPath("phone")));
        Assert.Equal(0, New("remove AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=").ExitCode);
        Assert.Equal(before[..^Tail.Length] + "\n# About the laptop:\n", File.ReadAllText(ServerPath));
    }

    [Fact]
    public void A_running_server_knows_a_new_client_at_once_and_loses_a_removed_one()
    {
        Running();
        Assert.Contains("new0 is up and knows of it already", New("client phone").Output, StringComparison.Ordinal);
        var set = Assert.Single(_daemon!.Take());
        Assert.StartsWith("set=1\npublic_key=", set, StringComparison.Ordinal);
        Assert.Contains("preshared_key=", set, StringComparison.Ordinal);
        Assert.EndsWith("replace_allowed_ips=true\nallowed_ip=10.200.1.3/32\n\n", set, StringComparison.Ordinal);
        Assert.Equal(0, New("remove phone").ExitCode);
        Assert.EndsWith("remove=true\n\n", Assert.Single(_daemon.Take()), StringComparison.Ordinal);
        Assert.DoesNotContain("name=", set, StringComparison.Ordinal);
        // One that has a status knows names.
        _daemon.Status = "{}";
        Assert.Equal(0, New("client tablet").ExitCode);
        Assert.Contains("\nname=tablet\n", Assert.Single(_daemon.Take()), StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_interface_refuses_is_in_no_file()
    {
        Running();
        var before = File.ReadAllText(ServerPath);
        _daemon!.RefusesSets = true;
        var run = New("client phone");
        Assert.Equal((1, "Unable to modify interface new0: Invalid argument\n"), (run.ExitCode, run.Error));
        Assert.Equal(before, File.ReadAllText(ServerPath));
        Assert.All(Directory.GetFiles(Path.GetDirectoryName(ClientPath("x"))!, "*", new EnumerationOptions { AttributesToSkip = FileAttributes.None }), static path => Assert.EndsWith("settings", path, StringComparison.Ordinal));
    }

    [Fact]
    public void What_cannot_be_written_is_not_on_the_interface()
    {
        Running();
        var before = File.ReadAllText(ServerPath);
        // It looks free, and is not when the file is moved there.
        Directory.CreateDirectory(ClientPath("phone"));
        Assert.Equal(1, New("client phone").ExitCode);
        var sets = _daemon!.Take();
        Assert.Equal(2, sets.Length);
        Assert.EndsWith("remove=true\n\n", sets[1], StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(ServerPath));
    }

    [Fact]
    public void An_interface_with_another_key_is_left_alone()
    {
        Running();
        _daemon!.Answer = $"private_key={CannedDevices.Hex(9)}\n";
        var run = New("client phone");
        Assert.Contains("up with another private key", run.Error, StringComparison.Ordinal);
        Assert.Empty(_daemon.Take());
    }

    [Fact]
    public async Task Clients_added_at_once_get_addresses_of_their_own()
    {
        Assert.Equal(0, New("server new0 --endpoint 192.0.2.1 --subnet 10.200.1.0/24 --subnet6 none").ExitCode);
        var program = Path.Combine(AppContext.BaseDirectory, "pfsvpn");
        var runs = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Task.Run(() => WgTool.Execute(program, ["new", "client", "new0", $"c{i}", "--directory", _folder]))));
        Assert.All(runs, static run => Assert.Equal((0, ""), (run.ExitCode, run.Error)));
        Assert.Equal(6, Keys(File.ReadAllText(ServerPath))["AllowedIPs"].Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void A_client_can_be_printed_and_kept_nowhere()
    {
        New("server new0 --endpoint 192.0.2.1:4444 --subnet 10.200.1.0/24 --subnet6 none");
        var run = New("client phone --out -");
        Assert.StartsWith("# phone, a client of new0", run.Output, StringComparison.Ordinal);
        Assert.Equal("192.0.2.1:4444", Keys(run.Output)["Endpoint"][0]);
        Assert.StartsWith("Added phone to new0: 10.200.1.2.", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(ClientPath("phone")));
    }

    [ProgramFact("zbarimg")]
    public void A_client_is_shown_as_a_code_by_a_process_of_its_own()
    {
        New("server new0 --endpoint 192.0.2.1 --subnet 10.200.1.0/24 --subnet6 none");
        var run = New("client phone --qr");
        Assert.Equal(0, run.ExitCode);
        var again = _stage.Cli(["qr", ClientPath("phone")]);
        Assert.EndsWith(again.Output, run.Output, StringComparison.Ordinal);
        Assert.Contains("█", again.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void On_a_terminal_it_asks_and_without_one_it_does_not_wait()
    {
        var silent = _stage.Cli(["new"]);
        Assert.Equal(1, silent.ExitCode);
        Assert.StartsWith("There is no terminal to ask questions on", silent.Error, StringComparison.Ordinal);
        _stage.Answers = new Queue<string>(["not a name!", "vpn.example.com"]);
        var run = New("server new0 --subnet 10.200.1.0/24 --subnet6 none");
        Assert.Contains("--endpoint: not the name of a host: `not a name!'", run.Error, StringComparison.Ordinal);
        Assert.Contains("reached at vpn.example.com:51820", run.Output, StringComparison.Ordinal);
        _stage.Answers = new Queue<string>(["", "tablet", "n"]);
        Assert.Contains("Added tablet", New("client").Output, StringComparison.Ordinal);
        _stage.Answers = new Queue<string>();
        Assert.Equal("Name of the client (phone, laptop): The answers ended; nothing has been made\n", New("client").Error);
    }

    [WgFact]
    public async Task Keys_of_a_new_client_are_found_nowhere_but_in_locked_memory()
    {
        Running();
        _daemon!.Hold = new TaskCompletionSource();
        _daemon.HoldsSetsOnly = true;
        var program = Path.Combine(AppContext.BaseDirectory, "pfsvpn");
        using var process = Process.Start(new ProcessStartInfo("unshare",
            ["-m", "sh", "-c", $"mount --bind \"$0\" \"$(readlink -f /var/run)\" && exec {program} new client new0 phone --directory {_folder}", Path.GetDirectoryName(_stage.ControlDirectory)!])
            { UseShellExecute = false, RedirectStandardOutput = true })!;
        await _daemon.Reached.Task;
        var set = Assert.Single(_daemon.Take());
        var preshared = Convert.FromHexString(set[(set.IndexOf("preshared_key=", StringComparison.Ordinal) + 14)..][..64]);
        var file = Directory.GetFiles(Path.GetDirectoryName(ClientPath("x"))!, ".phone*", new EnumerationOptions { AttributesToSkip = FileAttributes.None }).Single();
        var own = Convert.FromBase64String(Keys(await File.ReadAllTextAsync(file))["PrivateKey"][0]);
        await SecretTraceTests.Waiting(process.Id);
        var needles = new[] { own, preshared, Convert.FromHexString(CannedDevices.Private) }.SelectMany(static key => SecretTraceTests.Needles(key)).ToArray();
        Assert.Empty(ProcessMemory.Find(process.Id, needles));
        _daemon.Hold.TrySetResult();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    private FakeDaemon? _daemon;

    /// <summary>A server made by hand, with one client, and its daemon.</summary>
    private void Running()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "new0-clients"));
        File.WriteAllText(Path.Combine(_folder, "new0-clients", "settings"), "Endpoint = 192.0.2.1:51820\n");
        File.WriteAllText(ServerPath, $"[Interface]\nAddress = 10.200.1.1/24\nPrivateKey = {Convert.ToBase64String(Convert.FromHexString(CannedDevices.Private))}\n");
        _daemon = _stage.Start("new0", $"private_key={CannedDevices.Private}\n{CannedDevices.Peer(1, "allowed_ip=10.200.1.2/32")}");
    }

    private string ClientPath(string client) => Path.Combine(_folder, "new0-clients", client + ".conf");

    private RunResult New(string words) => _stage.Cli(["new", .. words.Split(' '), "--directory", _folder]);

    private void AssertRefused(string reason, string words)
    {
        var run = New(words);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
    }

    private static Dictionary<string, List<string>> Keys(string text)
    {
        var keys = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n').Where(static line => line.Contains(" = ", StringComparison.Ordinal)))
        {
            var parts = line.Split(" = ", 2);
            if (!keys.TryGetValue(parts[0], out var values)) keys[parts[0]] = values = [];
            values.Add(parts[1]);
        }
        return keys;
    }

    private string PublicOf(string privateKey) => _stage.CliWithInput(privateKey, "pubkey").Output.Trim();
}
