using PfsVpn.Cli.Control;
using PfsVpn.Crypto;

namespace PfsVpn.Cli.Output;

/// <summary>The display for scripts: <c>show</c> with a selector, one line an interface or peer, fields between tabs.</summary>
internal sealed class SelectorPrinter(LockedWriter output, bool withInterface)
{
    private const string None = "(none)";

    private static readonly Dictionary<string, Action<SelectorPrinter, RunningDevice>> DeviceSelectors = new(StringComparer.Ordinal)
    {
        ["public-key"] = static (printer, device) => printer.Output.Write(device.PublicKey?.ToString() ?? None),
        ["private-key"] = static (printer, device) => printer.SecretOrNone(device.PrivateKey),
        ["listen-port"] = static (printer, device) => printer.Output.Write(device.ListenPort),
        ["fwmark"] = static (printer, device) => printer.Output.Write(Mark(device)),
    };

    private static readonly Dictionary<string, Action<SelectorPrinter, RunningPeer>?> PeerSelectors = new(StringComparer.Ordinal)
    {
        ["peers"] = null,
        ["preshared-keys"] = static (printer, peer) => printer.SecretOrNone(peer.PresharedKey),
        ["endpoints"] = static (printer, peer) => printer.Output.Write(peer.Endpoint ?? None),
        ["allowed-ips"] = static (printer, peer) => printer.AllowedIps(peer, " "),
        ["latest-handshakes"] = static (printer, peer) => printer.Output.Write((ulong)peer.LastHandshakeSeconds),
        ["transfer"] = static (printer, peer) => printer.Output.Write(peer.ReceivedBytes).Write("\t").Write(peer.SentBytes),
        ["persistent-keepalive"] = static (printer, peer) => printer.Output.Write(Keepalive(peer)),
    };

    /// <summary>All selectors, in the order of the usage text.</summary>
    public static IReadOnlyList<string> Selectors { get; } =
    [
        "public-key", "private-key", "listen-port", "fwmark", "peers", "preshared-keys", "endpoints", "allowed-ips",
        "latest-handshakes", "transfer", "persistent-keepalive", "dump",
    ];

    private LockedWriter Output => output;

    /// <summary>Prints what <paramref name="selector"/>, one of <see cref="Selectors"/>, picks of a device.</summary>
    public void Print(RunningDevice device, string selector)
    {
        if (selector == "dump")
        {
            Dump(device);
        }
        else if (DeviceSelectors.TryGetValue(selector, out var ofDevice))
        {
            BeginLine(device);
            ofDevice(this, device);
            output.Write("\n");
        }
        else
        {
            var ofPeer = PeerSelectors[selector];
            foreach (var peer in device.Peers)
            {
                BeginLine(device).Write(peer.PublicKey.ToString());
                if (ofPeer is not null)
                {
                    output.Write("\t");
                    ofPeer(this, peer);
                }
                output.Write("\n");
            }
        }
    }

    private void Dump(RunningDevice device)
    {
        BeginLine(device);
        SecretOrNone(device.PrivateKey);
        output.Write("\t").Write(device.PublicKey?.ToString() ?? None).Write("\t").Write(device.ListenPort).Write("\t").Write(Mark(device)).Write("\n");
        foreach (var peer in device.Peers)
        {
            BeginLine(device).Write(peer.PublicKey.ToString()).Write("\t");
            SecretOrNone(peer.PresharedKey);
            output.Write("\t").Write(peer.Endpoint ?? None).Write("\t");
            AllowedIps(peer, ",");
            output.Write("\t").Write((ulong)peer.LastHandshakeSeconds).Write("\t").Write(peer.ReceivedBytes).Write("\t").Write(peer.SentBytes);
            output.Write("\t").Write(Keepalive(peer)).Write("\n");
        }
    }

    private static string Mark(RunningDevice device) => device.FirewallMark == 0 ? "off" : $"0x{device.FirewallMark:x}";

    private static string Keepalive(RunningPeer peer) => peer.PersistentKeepalive == 0 ? "off" : $"{peer.PersistentKeepalive}";

    private LockedWriter BeginLine(RunningDevice device) => withInterface ? output.Write(device.Name).Write("\t") : output;

    private void SecretOrNone(SecretKey? key)
    {
        if (key is null) output.Write(None);
        else output.WriteBase64(key);
    }

    private void AllowedIps(RunningPeer peer, string separator)
    {
        if (peer.AllowedIps.Count == 0) output.Write(None);
        for (var i = 0; i < peer.AllowedIps.Count; i++)
        {
            if (i != 0) output.Write(separator);
            output.Write(peer.AllowedIps[i].ToString());
        }
    }
}
