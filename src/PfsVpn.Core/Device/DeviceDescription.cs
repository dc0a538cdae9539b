using PfsVpn.Configuration;

namespace PfsVpn.Device;

/// <summary>What a device says of itself when it is asked for its configuration.</summary>
/// <remarks>References: kernel netlink.c (wg_get_device_dump). Threading: the control thread.</remarks>
internal static class DeviceDescription
{
    /// <summary>The state of <paramref name="device"/>, with its own secret slots.</summary>
    public static DeviceState Of(WireGuardDevice device, ushort boundPort) => new()
    {
        PrivateKey = device.Identity?.PrivateKey,
        ListenPort = boundPort != 0 ? boundPort : device.ListenPort,
        FirewallMark = device.FirewallMark,
        BindDevice = device.BindDevice,
        BindAddresses = device.BindAddresses,
        RekeyAfterSeconds = device.RekeyAfterSeconds,
        RekeyAfterBytes = device.RekeyAfterBytes,
        Peers = [.. device.Peers.All.Select(peer => Of(device, peer))],
    };

    private static PeerState Of(WireGuardDevice device, Peer peer) => new()
    {
        PublicKey = peer.PublicKey,
        Name = peer.Name,
        PresharedKey = peer.Remote.PresharedKey,
        Endpoint = peer.Endpoint?.Remote,
        LastHandshake = peer.LastHandshake,
        ReceivedBytes = peer.Statistics.Received,
        SentBytes = peer.Statistics.Sent,
        PersistentKeepalive = peer.PersistentKeepalive,
        RekeyAfterSeconds = peer.RekeyAfterSeconds,
        RekeyAfterBytes = peer.RekeyAfterBytes,
        AllowedIps = device.AllowedIps.PrefixesOf(peer),
    };
}
