using PfsVpn.Cli.Input;
using PfsVpn.Cli.Output;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Control;

/// <summary>Sends a change to a device as one operation (<c>set=1</c>) and reads what became of it.</summary>
/// <remarks>References: https://www.wireguard.com/xplatform/. The order of the keys is that of <c>wg</c>.</remarks>
internal static class ChangeWriter
{
    /// <summary>Applies a change whose endpoints are all resolved.</summary>
    /// <exception cref="ControlException">The interface cannot be reached, or refuses; nothing has been applied then.</exception>
    public static void Apply(CliContext context, string name, DeviceChange change)
    {
        using var socket = ControlSocket.Open(context.ControlDirectory, name);
        try
        {
            using var writer = new LockedWriter(socket);
            Write(change, writer);
            writer.Flush();
        }
        catch (ControlException gone) when (gone.Errno is NativeFile.EPIPE or NativeFile.ECONNRESET)
        {
            // The daemon may refuse before it has read everything: its answer says why.
        }
        var errno = ReadErrno(socket);
        if (errno != 0) throw new ControlException(errno);
    }

    private static void Write(DeviceChange change, LockedWriter writer)
    {
        writer.Write("set=1\n");
        if (change.PrivateKey is { } privateKey) writer.Write("private_key=").WriteHex(privateKey).Write("\n");
        if (change.ListenPort is { } port) writer.Write("listen_port=").Write(port).Write("\n");
        if (change.FirewallMark is { } mark) writer.Write("fwmark=").Write(mark).Write("\n");
        if (change.BindDevice is { } device) writer.Write("bind_device=").Write(device).Write("\n");
        if (change.BindAddresses is { } addresses) writer.Write("bind_address=").Write(addresses.ToString()).Write("\n");
        WriteKeyLife(change.RekeyAfterSeconds, change.RekeyAfterBytes, writer);
        if (change.ReplacePeers) writer.Write("replace_peers=true\n");
        foreach (var peer in change.Peers) Write(peer, writer);
        writer.Write("\n");
    }

    private static void Write(PeerChange peer, LockedWriter writer)
    {
        writer.Write("public_key=").WriteHex(peer.PublicKey).Write("\n");
        if (peer.Remove)
        {
            writer.Write("remove=true\n");
            return;
        }
        if (peer.UpdateOnly) writer.Write("update_only=true\n");
        if (peer.PresharedKey is { } presharedKey) writer.Write("preshared_key=").WriteHex(presharedKey).Write("\n");
        if (peer.Endpoint is { } endpoint) writer.Write("endpoint=").Write(NativeResolver.Format(endpoint)).Write("\n");
        if (peer.PersistentKeepalive is { } keepalive) writer.Write("persistent_keepalive_interval=").Write(keepalive).Write("\n");
        if (peer.Name is { } name) writer.Write("name=").Write(name).Write("\n");
        WriteKeyLife(peer.RekeyAfterSeconds, peer.RekeyAfterBytes, writer);
        if (peer.ReplaceAllowedIps) writer.Write("replace_allowed_ips=true\n");
        foreach (var allowed in peer.AllowedIps)
        {
            writer.Write(allowed.Remove ? "allowed_ip=-" : "allowed_ip=").Write(NativeResolver.Format(allowed.Prefix.Address));
            writer.Write("/").Write(allowed.Prefix.Length).Write("\n");
        }
    }

    /// <summary>Keys of our own: daemons that are not PfsVpn refuse them, so they are sent only where somebody asks for them.</summary>
    private static void WriteKeyLife(ushort? seconds, ulong? bytes, LockedWriter writer)
    {
        if (seconds is { } time) writer.Write("rekey_after_time=").Write(time).Write("\n");
        if (bytes is { } limit) writer.Write("rekey_after_bytes=").Write(limit).Write("\n");
    }

    private static int ReadErrno(ControlSocket socket)
    {
        using var lines = new LockedLineReader(socket.Descriptor, static errno => new ControlException(errno));
        ReadOnlySpan<byte> key = "errno="u8;
        if (lines.TryRead(out var line, out _) && line.StartsWith(key) && ErrnoText.TryParse(line[key.Length..], out var errno)) return errno;
        throw new ControlException(NativeFile.EPROTO, "the daemon ended or did not answer with an errno");
    }
}
