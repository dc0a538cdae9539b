using PfsVpn.Crypto;
using PfsVpn.Packets;

namespace PfsVpn.Configuration;

/// <summary>A [Peer] section while it is read: its public key may come last. Owns its pre-shared key until <see cref="ToChange"/>.</summary>
internal sealed class WgConfigPeer(int line) : IDisposable
{
    private EndpointAddress? _endpoint;
    private (string Host, string Port)? _unresolved;
    private int _endpointLine;

    /// <summary>Line of the section's head.</summary>
    public int Line { get; } = line;

    public PublicKey? PublicKey { get; set; }

    public SecretKey? PresharedKey { get; set; }

    public ushort? PersistentKeepalive { get; set; }

    public ushort? RekeyAfterSeconds { get; set; }

    public ulong? RekeyAfterBytes { get; set; }

    /// <summary>A section describes its peer wholly, unless a list of allowed IPs says otherwise.</summary>
    public bool ReplaceAllowedIps { get; set; } = true;

    public List<AllowedIpChange> AllowedIps { get; } = [];

    public void SetEndpoint(ReadOnlySpan<byte> value, int line)
    {
        var named = WgConfigValues.ParseEndpoint(value, out _endpoint);
        _unresolved = _endpoint is null ? named : null;
        _endpointLine = line;
    }

    /// <summary>Moves everything into a change, and the endpoint to the list of the unresolved where it is a name.</summary>
    public PeerChange ToChange(List<WgConfigEndpoint> unresolved)
    {
        var change = new PeerChange(PublicKey ?? throw new InvalidOperationException("The peer has no public key."))
        {
            PresharedKey = PresharedKey,
            Endpoint = _endpoint,
            PersistentKeepalive = PersistentKeepalive,
            RekeyAfterSeconds = RekeyAfterSeconds,
            RekeyAfterBytes = RekeyAfterBytes,
            ReplaceAllowedIps = ReplaceAllowedIps,
        };
        PresharedKey = null;
        change.AllowedIps.AddRange(AllowedIps);
        if (_unresolved is var (host, port)) unresolved.Add(new WgConfigEndpoint(change, host, port, _endpointLine));
        return change;
    }

    public void Dispose()
    {
        PresharedKey?.Dispose();
        PresharedKey = null;
    }
}
