using PfsVpn.Crypto;
using PfsVpn.Packets;

namespace PfsVpn.Configuration;

/// <summary>One whole <c>set</c>, parsed and validated, not yet applied. Owns the secrets in it until they are taken.</summary>
internal sealed class DeviceChange : IDisposable
{
    /// <summary>The new private key, or null for no change; an all-zero key removes it. Taken (set to null) by whoever applies it.</summary>
    public SecretKey? PrivateKey { get; set; }

    /// <summary>The new UDP port, 0 for any, or null for no change.</summary>
    public ushort? ListenPort { get; set; }

    /// <summary>The new firewall mark, 0 for none, or null for no change.</summary>
    public uint? FirewallMark { get; set; }

    /// <summary>The interface that the UDP sockets are bound to (SO_BINDTODEVICE), empty for none, or null for no change. As <see cref="BindText.TryParseDevice(ReadOnlySpan{byte}, out string)"/> says.</summary>
    public string? BindDevice { get; set; }

    /// <summary>The addresses that the UDP sockets are bound to, the default value for any, or null for no change.</summary>
    public BindAddresses? BindAddresses { get; set; }

    /// <summary>Age in seconds at which keypairs get a successor, 0 for the protocol's 120 s, or null for no change.</summary>
    public ushort? RekeyAfterSeconds { get; set; }

    /// <summary>Bytes after which keypairs get a successor, 0 for no limit, or null for no change.</summary>
    public ulong? RekeyAfterBytes { get; set; }

    /// <summary>Whether peers that are not named here are removed.</summary>
    public bool ReplacePeers { get; set; }

    /// <summary>Changes to peers, in the order in which they were given.</summary>
    public List<PeerChange> Peers { get; } = [];

    /// <summary>Erases the secrets that nobody has taken.</summary>
    public void Dispose()
    {
        PrivateKey?.Dispose();
        PrivateKey = null;
        foreach (var peer in Peers) peer.Dispose();
    }
}
