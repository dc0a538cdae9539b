using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using PfsVpn.Configuration;
using PfsVpn.Crypto;
using PfsVpn.Packets;
using PfsVpn.Runtime;
using PfsVpn.Tests.Cli;

namespace PfsVpn.Tests.Configuration;

/// <summary>The stock <c>wg</c> against the server, over the socket where it looks for it.</summary>
public sealed class UapiWgToolTests : IDisposable
{
    private const string PrivateKey = "oKGio6SlpqeoqaqrrK2ur7CxsrO0tba3uLm6u7y9vr8=";
    private const string PresharedKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    private const string PeerA = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
    private const string PeerB = "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=";

    private readonly string _name = $"uapi{Environment.ProcessId}";
    private readonly string _directory = Directory.CreateTempSubdirectory("uapi").FullName;
    private readonly SecretArena _arena = SecretArena.Create();
    private readonly UapiFakeDevice _device = new();
    private readonly UapiServer? _server;

    public UapiWgToolTests()
    {
        if (Environment.IsPrivilegedProcess) _server = ControlSocketServer.Listen(_name, _device, _arena, NullLogger.Instance);
    }

    [WgFact]
    public void Wg_lists_the_interface() => Assert.Contains($" {_name} ", $" {Run("show interfaces")} ".Replace('\n', ' '));

    [WgFact]
    public void What_wg_sets_it_shows()
    {
        Run($"set {_name} private-key {FileOf(PrivateKey)} listen-port 51820 fwmark 0xca6c");
        Run($"set {_name} peer {PeerA} preshared-key {FileOf(PresharedKey)} endpoint [fe80::1%lo]:51821 persistent-keepalive 25 allowed-ips 10.0.0.0/8,fd00::/64");
        Run($"set {_name} peer {PeerB} endpoint 192.0.2.1:1 allowed-ips 192.0.2.128/25");
        _device.Peers[0].LastHandshake = TimeSpan.FromSeconds(1_700_000_000.5);
        _device.Peers[0].ReceivedBytes = 12;
        _device.Peers[0].SentBytes = 34;
        Assert.Equal(
            $"{PrivateKey}\t{Run("pubkey", PrivateKey)}\t51820\t0xca6c\n" +
            $"{PeerA}\t{PresharedKey}\t[fe80::1%lo]:51821\t10.0.0.0/8,fd00::/64\t1700000000\t12\t34\t25\n" +
            $"{PeerB}\t(none)\t192.0.2.1:1\t192.0.2.128/25\t0\t0\t0\toff", Run($"show {_name} dump"));
    }

    [WgFact]
    public void Wg_takes_single_things_away_again()
    {
        Run($"set {_name} private-key {FileOf(PrivateKey)} fwmark 7 peer {PeerA} preshared-key {FileOf(PresharedKey)} persistent-keepalive 25 allowed-ips 10.0.0.0/8 peer {PeerB}");
        Run($"set {_name} private-key /dev/null fwmark off peer {PeerA} preshared-key /dev/null persistent-keepalive off allowed-ips \"\"");
        Run($"set {_name} peer {PeerB} remove");
        Assert.Equal("(none)\t(none)\t0\toff\n" + $"{PeerA}\t(none)\t(none)\t(none)\t0\t0\t0\toff", Run($"show {_name} dump"));
    }

    [WgFact]
    public void Setconf_showconf_addconf_and_syncconf_do_what_they_say()
    {
        var both = WriteConfiguration(51820, PeerA, PeerB);
        Run($"setconf {_name} {both}");
        Assert.Equal(File.ReadAllText(both).Trim(), Run($"showconf {_name}"));
        Run($"setconf {_name} {WriteConfiguration(51821, PeerB)}");
        Assert.Equal(PeerB, PeersOfDevice());
        Run($"addconf {_name} {WriteConfiguration(51821, PeerA)}");
        Assert.Equal($"{PeerB} {PeerA}", PeersOfDevice());

        // Syncconf leaves what stays alone: it is not removed and added again.
        var kept = _device.Peers[0];
        Run($"syncconf {_name} {WriteConfiguration(51822, PeerB)}");
        Assert.Same(kept, Assert.Single(_device.Peers));
        Assert.Equal(51822, _device.ListenPort);
    }

    [WgFact]
    public async Task Wg_does_not_mind_lives_of_keys_names_and_bindings_in_an_answer()
    {
        var configuration = WriteConfiguration(51820, PeerA, PeerB);
        Run($"setconf {_name} {configuration}");
        string[] commands = [$"show {_name}", $"show {_name} dump", $"showconf {_name}", $"show {_name} persistent-keepalive"];
        var before = string.Join('\n', commands.Select(static command => Run(command)));
        using var change = new DeviceChange
        {
            RekeyAfterSeconds = 30, RekeyAfterBytes = 1UL << 30, BindDevice = "eth0", BindAddresses = new BindAddresses(new IpAddress(0xC0000201), new IpAddress(1, 1)),
        };
        change.Peers.Add(new PeerChange(_device.Peers[0].PublicKey) { Name = "Jürgen's = laptop", RekeyAfterSeconds = 10, RekeyAfterBytes = 1 << 20 });
        Assert.Equal(0, await _device.ApplyAsync(change));
        Assert.Equal(before, string.Join('\n', commands.Select(static command => Run(command))));
        // Nor do they go away when wg changes something else.
        Run($"syncconf {_name} {configuration}");
        Assert.Equal((30, 10), (_device.RekeyAfterSeconds, _device.Peers[0].RekeyAfterSeconds));
        Assert.Equal(("eth0", "Jürgen's = laptop"), (_device.BindDevice, _device.Peers[0].Name));
    }

    [WgFact]
    public void An_errno_reaches_the_person_at_wg()
    {
        _device.RefuseWith = UapiErrno.AddressInUse;
        Assert.Contains("Address already in use", Run($"set {_name} listen-port 1", expectFailure: true));
        _device.RefuseWith = UapiErrno.Invalid;
        Assert.Contains("Invalid argument", Run($"set {_name} listen-port 1", expectFailure: true));
        _device.ReadFailure = new InvalidOperationException("broken");
        Assert.Contains("Input/output error", Run($"show {_name}", expectFailure: true));
    }

    [WgFact]
    public void Ten_thousand_peers_go_through_wg_and_back()
    {
        var text = new System.Text.StringBuilder();
        var key = new byte[32];
        for (var i = 0; i < 10_000; i++)
        {
            BitConverter.TryWriteBytes(key, i + 1);
            text.Append(null, $"[Peer]\nPublicKey = {Convert.ToBase64String(key)}\nAllowedIPs = 10.{i >> 8}.{i & 255}.0/24, fd00:{i:x}::/32\n");
        }
        var file = Path.Combine(_directory, "large.conf");
        File.WriteAllText(file, text.ToString());
        Run($"setconf {_name} {file}");
        Assert.Equal(10_000, _device.Peers.Count);
        Assert.Equal(new IpPrefix(new IpAddress(0x0a270f00), 24), _device.Peers[9_999].AllowedIps[0]);
        Assert.Equal(10_000, Run($"show {_name} peers").Split('\n').Length);
    }

    public void Dispose()
    {
        _server?.Dispose();
        _device.Dispose();
        Assert.Equal(0, _arena.SlotsInUse);
        _arena.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private string PeersOfDevice() => string.Join(' ', _device.Peers.Select(static peer => peer.PublicKey));

    private string WriteConfiguration(int port, params string[] peers)
    {
        var file = Path.Combine(_directory, Path.GetRandomFileName());
        var text = $"[Interface]\nListenPort = {port}\nPrivateKey = {PrivateKey}\n";
        foreach (var peer in peers) text += $"\n[Peer]\nPublicKey = {peer}\nAllowedIPs = {(peer == PeerA ? "10.0.0.0/8" : "10.1.0.0/16, fd00::/8")}\nEndpoint = 192.0.2.1:7\n";
        File.WriteAllText(file, text);
        return file;
    }

    private string FileOf(string key)
    {
        var file = Path.Combine(_directory, Path.GetRandomFileName());
        File.WriteAllText(file, key + "\n");
        return file;
    }

    private static string Run(string arguments, string input = "", bool expectFailure = false)
    {
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/wg", arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(expectFailure == (process.ExitCode != 0 || errors.Result.Length > 0), $"wg {arguments}: exit code {process.ExitCode}, {errors.Result}");
        return expectFailure ? errors.Result : output.Trim();
    }
}
