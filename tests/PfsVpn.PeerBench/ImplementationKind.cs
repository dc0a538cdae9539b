namespace PfsVpn.PeerBench;

/// <summary>What stands at the two ends.</summary>
internal enum ImplementationKind
{
    /// <summary>pfsvpnd at both ends.</summary>
    PfsVpn,

    /// <summary>wireguard-go at both ends.</summary>
    WireGuardGo,

    /// <summary>pfsvpnd at the left end, wireguard-go at the right.</summary>
    Mixed,
}
