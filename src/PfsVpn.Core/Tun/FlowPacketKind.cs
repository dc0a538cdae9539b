namespace PfsVpn.Tun;

/// <summary>What a packet is to coalescing.</summary>
internal enum FlowPacketKind : byte
{
    /// <summary>Neither TCP nor UDP: it goes alone, and waits for nobody.</summary>
    Other,

    /// <summary>TCP or UDP of a flow that cannot be told from the first headers: a fragment, or one with options. Nothing is joined across it.</summary>
    Entangled,

    /// <summary>TCP or UDP of a known flow that goes alone: without data, with other flags than ACK and PSH, or without a checksum. Nothing of its flow is joined across it.</summary>
    Bare,

    /// <summary>Data that others may be joined to.</summary>
    Data,
}
