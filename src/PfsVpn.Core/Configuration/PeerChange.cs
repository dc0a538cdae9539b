using PfsVpn.Crypto;
using PfsVpn.Packets;

namespace PfsVpn.Configuration;

/// <summary>What a <c>set</c> says about one peer.</summary>
internal sealed class PeerChange : IDisposable
{
    /// <summary>Names the peer.</summary>
    public PeerChange(PublicKey publicKey) => PublicKey = publicKey;

    /// <summary>The peer's static public key.</summary>
    public PublicKey PublicKey { get; }

    /// <summary>Remove the peer; everything else is ignored.</summary>
    public bool Remove { get; set; }

    /// <summary>Do nothing where the peer does not exist.</summary>
    public bool UpdateOnly { get; set; }

    /// <summary>What people call the peer, empty for no name, or null for no change. At most 64 bytes of UTF-8, as <see cref="PeerName.Refusal"/> says.</summary>
    public string? Name { get; set; }

    /// <summary>The new pre-shared key, all-zero for none, or null for no change. Taken (set to null) by whoever applies it.</summary>
    public SecretKey? PresharedKey { get; set; }

    /// <summary>The new endpoint, or null for no change.</summary>
    public EndpointAddress? Endpoint { get; set; }

    /// <summary>The new interval of persistent keepalives in seconds, 0 for off, or null for no change.</summary>
    public ushort? PersistentKeepalive { get; set; }

    /// <summary>Age in seconds at which keypairs of this peer get a successor, 0 for what the interface says, or null for no change.</summary>
    public ushort? RekeyAfterSeconds { get; set; }

    /// <summary>Bytes after which keypairs of this peer get a successor, 0 for what the interface says, or null for no change.</summary>
    public ulong? RekeyAfterBytes { get; set; }

    /// <summary>Whether allowed IPs that are not named here are removed.</summary>
    public bool ReplaceAllowedIps { get; set; }

    /// <summary>Allowed IPs to add (or, with Remove, to take away), in order.</summary>
    public List<AllowedIpChange> AllowedIps { get; } = [];

    /// <summary>Erases the secret that nobody has taken.</summary>
    public void Dispose()
    {
        PresharedKey?.Dispose();
        PresharedKey = null;
    }
}

/// <summary>One allowed IP of a change.</summary>
/// <param name="Prefix">The prefix.</param>
/// <param name="Remove">Take it away from the peer rather than give it to it.</param>
internal readonly record struct AllowedIpChange(IpPrefix Prefix, bool Remove);
