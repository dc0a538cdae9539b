using PfsVpn.Cli.Control;
using PfsVpn.Crypto;

namespace PfsVpn.Cli.Output;

/// <summary>The display for people: <c>show</c> without a selector.</summary>
internal sealed class PrettyPrinter(LockedWriter output, bool colours, bool showKeys, DateTimeOffset now)
{
    private const string Reset = "\e[0m", Bold = "\e[1m", Red = "\e[31m", Green = "\e[32m", Yellow = "\e[33m", Cyan = "\e[36m";

    /// <summary>Prints an interface and its peers, the latest handshake first, those without one last.</summary>
    public void Print(RunningDevice device)
    {
        Style(Reset);
        Heading("interface", Green, device.Name);
        if (device.PublicKey is { } publicKey) Label("public key").Write(publicKey.ToString()).Write("\n");
        if (device.PrivateKey is { } privateKey) Secret("private key", privateKey);
        if (device.ListenPort != 0) Label("listening port").Write(device.ListenPort).Write("\n");
        if (device.FirewallMark != 0) Label("fwmark").Write($"0x{device.FirewallMark:x}\n");
        if (device.BindDevice.Length != 0) Label("bound to").Write(device.BindDevice).Write("\n");
        if (!device.BindAddresses.IsAny) Label("bound to").Write(device.BindAddresses.ToString().Replace(",", ", ", StringComparison.Ordinal)).Write("\n");
        PrintKeyLife(device.RekeyAfterSeconds, device.RekeyAfterBytes);
        foreach (var peer in device.Peers.OrderByDescending(static peer => peer.LastHandshakeSeconds).ThenByDescending(static peer => peer.LastHandshakeNanoseconds))
        {
            output.Write("\n");
            Print(peer);
        }
    }

    private void Print(RunningPeer peer)
    {
        Heading("peer", Yellow, peer.PublicKey.ToString());
        if (peer.Name.Length != 0) Label("name").Write(peer.Name).Write("\n");
        if (peer.PresharedKey is { } presharedKey) Secret("preshared key", presharedKey);
        if (peer.Endpoint is { } endpoint) Label("endpoint").Write(endpoint).Write("\n");
        PrintAllowedIps(peer);
        if (peer.LastHandshakeSeconds != 0) PrintHandshake(peer.LastHandshakeSeconds);
        if ((peer.ReceivedBytes | peer.SentBytes) != 0)
        {
            Label("transfer");
            PrintSize(peer.ReceivedBytes);
            output.Write(" received, ");
            PrintSize(peer.SentBytes);
            output.Write(" sent\n");
        }
        if (peer.PersistentKeepalive != 0)
        {
            Label("persistent keepalive").Write("every ");
            PrintSpan(peer.PersistentKeepalive);
            output.Write("\n");
        }
        PrintKeyLife(peer.RekeyAfterSeconds, peer.RekeyAfterBytes);
    }

    private void PrintKeyLife(ushort seconds, ulong bytes)
    {
        if (seconds == 0 && bytes == 0) return;
        Label("rekey after");
        if (seconds != 0) PrintSpan(seconds);
        if (seconds != 0 && bytes != 0) output.Write(", ");
        if (bytes != 0) PrintSize(bytes);
        output.Write("\n");
    }

    private void PrintAllowedIps(RunningPeer peer)
    {
        Label("allowed ips");
        if (peer.AllowedIps.Count == 0) output.Write("(none)");
        for (var i = 0; i < peer.AllowedIps.Count; i++)
        {
            if (i != 0) output.Write(", ");
            output.Write(NativeResolver.Format(peer.AllowedIps[i].Address));
            Coloured(Cyan, "/").Write(peer.AllowedIps[i].Length);
        }
        output.Write("\n");
    }

    private void PrintHandshake(long seconds)
    {
        Label("latest handshake");
        var age = now.ToUnixTimeSeconds() - seconds;
        if (age == 0) output.Write("Now");
        else if (age < 0)
        {
            output.Write("(");
            Coloured(Red, "System clock wound backward; connection problems may ensue.").Write(")");
        }
        else
        {
            PrintSpan((ulong)age);
            output.Write(" ago");
        }
        output.Write("\n");
    }

    private void PrintSpan(ulong seconds)
    {
        var separator = "";
        foreach (var (count, unit) in HumanTime.Split(seconds))
        {
            output.Write(separator).Write(count).Write(" ");
            Coloured(Cyan, unit);
            separator = ", ";
        }
    }

    private void PrintSize(ulong bytes)
    {
        var (number, unit) = ByteSize.Format(bytes);
        output.Write(number).Write(" ");
        Coloured(Cyan, unit);
    }

    private void Secret(string label, SecretKey key)
    {
        Label(label);
        if (showKeys) output.WriteBase64(key);
        else output.Write("(hidden)");
        output.Write("\n");
    }

    private void Heading(string label, string colour, string name)
    {
        Style(colour);
        Style(Bold);
        output.Write(label);
        Style(Reset);
        output.Write(": ");
        Coloured(colour, name).Write("\n");
    }

    private LockedWriter Label(string label)
    {
        output.Write("  ");
        return Coloured(Bold, label).Write(": ");
    }

    private LockedWriter Coloured(string style, string text)
    {
        Style(style);
        output.Write(text);
        Style(Reset);
        return output;
    }

    private void Style(string style)
    {
        if (colours) output.Write(style);
    }
}
