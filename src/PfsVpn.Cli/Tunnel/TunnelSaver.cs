using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Control;
using PfsVpn.Cli.Input;
using PfsVpn.Cli.Output;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Tunnel;

/// <summary>Writes the running state of a tunnel back into its file.</summary>
/// <remarks>
/// References: wg-quick(8), save. The file is replaced as a whole, with mode 0600, through locked memory. As with wg-quick, comments are lost; the keys behind #! stay where they belong.
/// Beyond wg-quick search domains stay, and link-local addresses that the kernel chose are left out: it chooses them again; an endpoint given by name keeps it.
/// </remarks>
internal sealed class TunnelSaver(TunnelHost host, TunnelFile file, string realPath)
{
    /// <summary>What the daemon knows: the running state has it.</summary>
    private static readonly string[] KeysOfState = ["Name", "BindDevice", "BindAddress", "RekeyAfterTime", "RekeyAfterBytes"];
    private static readonly string[] KeySources = ["PrivateKeyFile", "PrivateKeyCredential", "PrivateKeyCommand"];

    /// <summary>Saves it.</summary>
    /// <exception cref="CliException">The state cannot be had, or the file not be written; it is as it was then.</exception>
    public void Save()
    {
        host.Act($"pfsvpn showconf {host.Interface} > {realPath}", () =>
        {
            var extras = ReadExtras();
            using var device = DeviceAccess.Read(host.Context, host.Interface);
            using var target = SecretTarget.Create(realPath);
            Write(target, device, extras);
            target.Commit(replace: true);
        });
    }

    private void Write(ISecretTarget target, RunningDevice device, List<string>[] extras)
    {
        using var output = new LockedWriter(target);
        output.Write("[Interface]\n");
        foreach (var address in host.Context.Plans.Addresses(host, file)) Line("Address", address);
        var servers = host.Context.Plans.NameServers(host);
        foreach (var server in servers.Count != 0 ? servers : file.DnsServers) Line("DNS", server);
        foreach (var domain in file.DnsSearch) Line("DNS", domain);
        if (file.Mtu is { } mtu) Line("MTU", host.Context.Plans.Mtu(host) ?? $"{mtu}");
        if (!string.IsNullOrEmpty(file.Table)) Line("Table", file.Table);
        if (file.SaveConfig) Line("SaveConfig", "true");
        foreach (var hook in file.PreUp) Line("PreUp", hook);
        foreach (var hook in file.PostUp) Line("PostUp", hook);
        foreach (var hook in file.PreDown) Line("PreDown", hook);
        foreach (var hook in file.PostDown) Line("PostDown", hook);
        foreach (var extra in extras[0]) output.Write(extra).Write("\n");
        var withoutKey = extras[0].Exists(static line => Array.Exists(KeySources, key => KeyOf(line).Equals(key, StringComparison.OrdinalIgnoreCase)));
        ConfigurationPrinter.PrintForFile(device, output, withoutKey, key => PeerExtras(key, extras), EndpointName);
        output.Flush();

        void Line(string key, string value) => output.Write(key).Write(" = ").Write(value).Write("\n");
    }

    /// <summary>A name stays a name: the address behind it may be another one tomorrow.</summary>
    private string? EndpointName(Crypto.PublicKey key) =>
        file.Peers.FindLast(peer => peer.Change.PublicKey.Equals(key))?.NamedEndpoint is { } named ? $"{named.Host}:{named.Port}" : null;

    /// <summary>Those of all sections that name the peer.</summary>
    private IEnumerable<string> PeerExtras(Crypto.PublicKey key, List<string>[] extras) =>
        file.Peers.Zip(extras.Skip(1)).Where(section => section.First.Change.PublicKey.Equals(key)).SelectMany(static section => section.Second);

    /// <summary>The lines behind #! as they stand, of the interface and then of each peer; without those that the running state has.</summary>
    private List<string>[] ReadExtras()
    {
        var extras = new List<string>[file.Peers.Count + 1];
        for (var i = 0; i < extras.Length; i++) extras[i] = [];
        using var content = SecretSource.Open(realPath);
        using var lines = new LockedLineReader(content, errno => SecretSource.Unreadable(realPath, errno));
        var peer = 0;
        var inInterface = false;
        while (lines.TryRead(out var line, out _))
        {
            if (TunnelLine.IsExtra(line, out var text))
            {
                var extra = "#!" + System.Text.Encoding.UTF8.GetString(line[text]);
                if (!IsOfState(KeyOf(extra))) extras[inInterface ? 0 : Math.Min(peer, file.Peers.Count)].Add(extra);
            }
            else if (line.TrimStart(" \t\r\v\f"u8).StartsWith("["u8))
            {
                TunnelLine.QuickKeyOf(line, ref inInterface, out _);
                if (!inInterface) peer++;
            }
        }
        return extras;
    }

    private static bool IsOfState(string key) => Array.Exists(KeysOfState, known => known.Equals(key, StringComparison.OrdinalIgnoreCase));

    private static string KeyOf(string extra) => extra[2..].Split('=')[0].Trim();
}
