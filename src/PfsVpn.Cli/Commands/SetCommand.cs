using System.Text;
using PfsVpn.Cli.Input;
using PfsVpn.Configuration;
using PfsVpn.Crypto;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Commands;

/// <summary><c>set</c>: a change given as words. All of it is read and checked before any of it is sent, as one operation.</summary>
internal sealed class SetCommand : ICliCommand
{
    /// <inheritdoc/>
    public string Name => "set";

    /// <inheritdoc/>
    public string Summary => "Change the current configuration, add peers, remove peers, or change peers";

    /// <inheritdoc/>
    public string Arguments =>
        "<interface> [listen-port <port>] [fwmark <mark>] [private-key <file path>] [bind-device <interface>] [bind-address <ip>[,<ip>]] [rekey-after-time <seconds>] [rekey-after-bytes <bytes>] [peer <base64 public key> [remove] [preshared-key <file path>] " +
        "[endpoint <ip>:<port>] [persistent-keepalive <interval seconds>] [name <name>] [rekey-after-time <seconds>] [rekey-after-bytes <bytes>] [allowed-ips [+|-]<ip1>/<cidr1>[,[+|-]<ip2>/<cidr2>]...] ]...";

    /// <inheritdoc/>
    public string Details =>
        """
        Keys come from files, so that they do not show in the list of processes; /dev/stdin is one, an empty file removes the key.
        `fwmark' and `persistent-keepalive' take `off' or 0. `allowed-ips' replaces what the peer had; with + or - before an
        address, it only adds or removes that one. A peer that does not exist is created.

        `bind-device' makes what goes to peers leave and arrive by that interface only; `bind-address' by those addresses, one of
        each family at most, without the other family where only one is given; `off' undoes it. `name' is what to call a peer
        beside its key: at most 64 bytes, '' for none.

        `rekey-after-time' (10 to 120 seconds) and `rekey-after-bytes' (such as 512M or 1G) make a session key get its
        successor earlier than after the protocol's 120 seconds; it is erased at one and a half times that age at the latest.
        Before the first peer they are for all peers; behind `peer <public key>' for that one. `off' or 0: what the interface
        says, and for the interface the protocol's.

        Example:
          pfsvpn set wg0 listen-port 51820 private-key ./key peer <public key> endpoint vpn.example.com:51820 allowed-ips 10.0.0.0/24
        """;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        if (arguments.Count < 2) throw new UsageException();
        using var change = new DeviceChange();
        var unresolved = new List<WgConfigEndpoint>();
        for (var i = 1; i < arguments.Count;)
        {
            var word = arguments[i];
            if (word == "remove" && change.Peers.Count != 0)
            {
                change.Peers[^1].Remove = true;
                i++;
                continue;
            }
            if (!IsKnown(word, change)) throw new CliException(Unknown(word));
            if (i + 1 == arguments.Count) throw new CliException($"Invalid argument: {word}: a value must follow");
            Take(context, word, arguments[i + 1], change, unresolved);
            i += 2;
        }
        var resolver = new EndpointResolver(context);
        foreach (var endpoint in unresolved) resolver.Resolve(endpoint, "endpoint");
        DeviceAccess.Apply(context, arguments[0], change);
        return 0;
    }

    private static bool IsKnown(string word, DeviceChange change) => word switch
    {
        "peer" => true,
        "listen-port" or "fwmark" or "private-key" or "bind-device" or "bind-address" => change.Peers.Count == 0,
        "rekey-after-time" or "rekey-after-bytes" => true,
        "preshared-key" or "endpoint" or "persistent-keepalive" or "name" or "allowed-ips" => change.Peers.Count != 0,
        _ => false,
    };

    private static string Unknown(string word) => word switch
    {
        "listen-port" or "fwmark" or "private-key" or "bind-device" or "bind-address" => $"Invalid argument: {word}: belongs before the first peer",
        "remove" or "preshared-key" or "endpoint" or "persistent-keepalive" or "name" or "allowed-ips" => $"Invalid argument: {word}: belongs behind `peer <public key>'",
        _ => $"Invalid argument: {WgConfigValues.Echo(Encoding.UTF8.GetBytes(word))}",
    };

    private static void Take(CliContext context, string word, string text, DeviceChange change, List<WgConfigEndpoint> unresolved)
    {
        var value = Encoding.UTF8.GetBytes(text);
        try
        {
            switch (word)
            {
                case "peer":
                    change.Peers.Add(new PeerChange(WgConfigValues.ParsePublicKey(value)));
                    break;
                case "listen-port":
                    change.ListenPort = WgConfigValues.ParsePort(value, context.Resolver.ServicePort);
                    break;
                case "fwmark":
                    change.FirewallMark = WgConfigValues.ParseFirewallMark(value);
                    break;
                case "bind-device":
                    change.BindDevice = ParseBindDevice(value);
                    break;
                case "bind-address":
                    change.BindAddresses = ParseBindAddresses(value);
                    break;
                case "rekey-after-time" when change.Peers.Count == 0:
                    change.RekeyAfterSeconds = WgConfigValues.ParseRekeyTime(value);
                    break;
                case "rekey-after-bytes" when change.Peers.Count == 0:
                    change.RekeyAfterBytes = WgConfigValues.ParseRekeyBytes(value);
                    break;
                case "private-key":
                    change.PrivateKey = Replace(change.PrivateKey, KeyFile.Read(text, word, context.Arena));
                    break;
                default:
                    TakeOfPeer(context, word, text, change.Peers[^1], unresolved);
                    break;
            }
        }
        catch (FormatException wrong)
        {
            throw new CliException($"{word}: {wrong.Message}");
        }
    }

    private static void TakeOfPeer(CliContext context, string word, string text, PeerChange peer, List<WgConfigEndpoint> unresolved)
    {
        switch (word)
        {
            case "preshared-key":
                peer.PresharedKey = Replace(peer.PresharedKey, KeyFile.Read(text, word, context.Arena));
                break;
            case "endpoint":
                unresolved.RemoveAll(endpoint => endpoint.Peer == peer);
                var (host, port) = WgConfigValues.ParseEndpoint(Encoding.UTF8.GetBytes(text), out var address);
                peer.Endpoint = address;
                if (address is null) unresolved.Add(new WgConfigEndpoint(peer, host, port, Line: 0));
                break;
            case "persistent-keepalive":
                peer.PersistentKeepalive = WgConfigValues.ParsePersistentKeepalive(Encoding.UTF8.GetBytes(text));
                break;
            case "name":
                peer.Name = PeerName.Refusal(text) is { } refusal ? throw new FormatException(refusal) : text;
                break;
            case "rekey-after-time":
                peer.RekeyAfterSeconds = WgConfigValues.ParseRekeyTime(Encoding.UTF8.GetBytes(text));
                break;
            case "rekey-after-bytes":
                peer.RekeyAfterBytes = WgConfigValues.ParseRekeyBytes(Encoding.UTF8.GetBytes(text));
                break;
            default:
                var list = Encoding.UTF8.GetBytes(string.Concat(text.Where(static letter => letter is not (' ' or (>= '\t' and <= '\r')))));
                peer.ReplaceAllowedIps = WgConfigValues.ParseAllowedIps(list, peer.AllowedIps, warning => context.Error.WriteLine($"Warning: {warning}"));
                break;
        }
    }

    private static string ParseBindDevice(byte[] value)
    {
        if (WgConfigValues.Is(value, "off"u8)) return "";
        return BindText.TryParseDevice(value, out var name) ? name : throw new FormatException($"not the name of an interface, nor off: `{WgConfigValues.Echo(value)}'");
    }

    private static BindAddresses ParseBindAddresses(byte[] value)
    {
        if (WgConfigValues.Is(value, "off"u8)) return default;
        return BindText.TryParseAddresses(value, out var addresses)
            ? addresses
            : throw new FormatException($"not an address, nor one of each family, nor off: `{WgConfigValues.Echo(value)}'");
    }

    private static SecretKey Replace(SecretKey? old, SecretKey key)
    {
        old?.Dispose();
        return key;
    }
}
