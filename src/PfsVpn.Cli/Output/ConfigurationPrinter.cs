using PfsVpn.Cli.Control;
using PfsVpn.Configuration;
using PfsVpn.Crypto;

namespace PfsVpn.Cli.Output;

/// <summary>Prints a device in the form of a configuration file: <c>showconf</c>.</summary>
internal static class ConfigurationPrinter
{
    /// <summary>Prints the interface and its peers, secrets included.</summary>
    public static void Print(RunningDevice device, LockedWriter output)
    {
        output.Write("[Interface]\n");
        Print(device, output, new Style("", WithoutPrivateKey: false, static _ => [], static _ => null));
    }

    /// <summary>Prints the same for a tunnel's file that stock tools are to read, too: our own keys behind #!. The head of [Interface] has been written, and what wg-quick wants there.</summary>
    /// <param name="device">The device.</param>
    /// <param name="output">Where it goes.</param>
    /// <param name="withoutPrivateKey">Whether the private key stands elsewhere.</param>
    /// <param name="peerLines">More lines for a peer.</param>
    /// <param name="endpointName">The name of a peer's endpoint that stands for its address, or null.</param>
    public static void PrintForFile(
        RunningDevice device, LockedWriter output, bool withoutPrivateKey, Func<PublicKey, IEnumerable<string>> peerLines, Func<PublicKey, string?> endpointName) =>
        Print(device, output, new Style("#! ", withoutPrivateKey, peerLines, endpointName));

    private static void Print(RunningDevice device, LockedWriter output, Style style)
    {
        if (device.ListenPort != 0) output.Write("ListenPort = ").Write(device.ListenPort).Write("\n");
        if (device.FirewallMark != 0) output.Write($"FwMark = 0x{device.FirewallMark:x}\n");
        if (device.PrivateKey is { } privateKey && !style.WithoutPrivateKey) output.Write("PrivateKey = ").WriteBase64(privateKey).Write("\n");
        if (device.BindDevice.Length != 0) output.Write("#! BindDevice = ").Write(device.BindDevice).Write("\n");
        if (!device.BindAddresses.IsAny) output.Write("#! BindAddress = ").Write(device.BindAddresses.ToString()).Write("\n");
        PrintKeyLife(device.RekeyAfterSeconds, device.RekeyAfterBytes, output, style);
        // Ahead of each peer; showconf has it behind the interface in any case.
        if (device.Peers.Count == 0 && style.Mark.Length == 0) output.Write("\n");
        foreach (var peer in device.Peers)
        {
            output.Write("\n");
            Print(peer, output, style);
        }
    }

    private static void Print(RunningPeer peer, LockedWriter output, Style style)
    {
        output.Write("[Peer]\nPublicKey = ").Write(peer.PublicKey.ToString()).Write("\n");
        if (peer.Name.Length != 0) output.Write("#! Name = ").Write(peer.Name).Write("\n");
        if (peer.PresharedKey is { } presharedKey) output.Write("PresharedKey = ").WriteBase64(presharedKey).Write("\n");
        var separator = "AllowedIPs = ";
        foreach (var prefix in peer.AllowedIps)
        {
            output.Write(separator).Write(prefix.ToString());
            separator = ", ";
        }
        if (peer.AllowedIps.Count != 0) output.Write("\n");
        if ((style.EndpointName(peer.PublicKey) ?? peer.Endpoint) is { } endpoint) output.Write("Endpoint = ").Write(endpoint).Write("\n");
        if (peer.PersistentKeepalive != 0) output.Write("PersistentKeepalive = ").Write(peer.PersistentKeepalive).Write("\n");
        PrintKeyLife(peer.RekeyAfterSeconds, peer.RekeyAfterBytes, output, style);
        foreach (var line in style.PeerLines(peer.PublicKey)) output.Write(line).Write("\n");
    }

    private static void PrintKeyLife(ushort seconds, ulong bytes, LockedWriter output, Style style)
    {
        if (seconds != 0) output.Write(style.Mark).Write("RekeyAfterTime = ").Write(seconds).Write("\n");
        if (bytes != 0) output.Write(style.Mark).Write("RekeyAfterBytes = ").Write(KeyLifeText.FormatSize(bytes)).Write("\n");
    }

    /// <summary>How it is printed: what stands before our own keys, whether the private key is left out, more lines for a peer, and the name of its endpoint.</summary>
    private sealed record Style(string Mark, bool WithoutPrivateKey, Func<PublicKey, IEnumerable<string>> PeerLines, Func<PublicKey, string?> EndpointName);
}
