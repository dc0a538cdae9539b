using System.Text;

namespace PfsVpn.SystemTests.Harness;

/// <summary>A [Peer] section.</summary>
public sealed record PeerSettings(string PublicKey, string AllowedIps)
{
    public string? Endpoint { get; init; }

    public string? PresharedKey { get; init; }

    public int? PersistentKeepalive { get; init; }

    /// <summary>The section as text.</summary>
    public override string ToString()
    {
        var text = new StringBuilder("[Peer]\n").Append("PublicKey = ").Append(PublicKey).Append('\n');
        if (PresharedKey is not null) text.Append("PresharedKey = ").Append(PresharedKey).Append('\n');
        if (Endpoint is not null) text.Append("Endpoint = ").Append(Endpoint).Append('\n');
        if (AllowedIps.Length > 0) text.Append("AllowedIPs = ").Append(AllowedIps).Append('\n');
        if (PersistentKeepalive is not null) text.Append("PersistentKeepalive = ").Append(PersistentKeepalive).Append('\n');
        return text.ToString();
    }
}
