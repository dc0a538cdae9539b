using PfsVpn.Cli.Control;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Output;

/// <summary>Prints a device in the form of a configuration file: <c>showconf</c>.</summary>
internal static class ConfigurationPrinter
{
    /// <summary>Prints the interface and its peers, secrets included.</summary>
    public static void Print(RunningDevice device, LockedWriter output)
    {
        output.Write("[Interface]\n");
        if (device.ListenPort != 0) output.Write("ListenPort = ").Write(device.ListenPort).Write("\n");
        if (device.FirewallMark != 0) output.Write($"FwMark = 0x{device.FirewallMark:x}\n");
        if (device.PrivateKey is { } privateKey) output.Write("PrivateKey = ").WriteBase64(privateKey).Write("\n");
        if (device.BindDevice.Length != 0) output.Write("#! BindDevice = ").Write(device.BindDevice).Write("\n");
        if (!device.BindAddresses.IsAny) output.Write("#! BindAddress = ").Write(device.BindAddresses.ToString()).Write("\n");
        PrintKeyLife(device.RekeyAfterSeconds, device.RekeyAfterBytes, output);
        output.Write("\n");
        for (var i = 0; i < device.Peers.Count; i++)
        {
            if (i != 0) output.Write("\n");
            Print(device.Peers[i], output);
        }
    }

    private static void Print(RunningPeer peer, LockedWriter output)
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
        if (peer.Endpoint is { } endpoint) output.Write("Endpoint = ").Write(endpoint).Write("\n");
        if (peer.PersistentKeepalive != 0) output.Write("PersistentKeepalive = ").Write(peer.PersistentKeepalive).Write("\n");
        PrintKeyLife(peer.RekeyAfterSeconds, peer.RekeyAfterBytes, output);
    }

    private static void PrintKeyLife(ushort seconds, ulong bytes, LockedWriter output)
    {
        if (seconds != 0) output.Write("RekeyAfterTime = ").Write(seconds).Write("\n");
        if (bytes != 0) output.Write("RekeyAfterBytes = ").Write(KeyLifeText.FormatSize(bytes)).Write("\n");
    }
}
