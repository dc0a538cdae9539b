namespace PfsVpn.Tun;

/// <summary>Packets that go into the TUN with one write: one, or several of a flow that follow each other.</summary>
internal struct PacketGroup
{
    /// <summary>Index of its first and its latest packet in the batch's output; <see cref="TunCoalescer.Next"/> leads from one to the other.</summary>
    public int First, Last;

    /// <summary>How many packets it has, at least 1.</summary>
    public int Count;

    /// <summary>Bytes of the super-packet: the headers once, and all data.</summary>
    public int Length;

    /// <summary>TCP: the sequence number that the next packet must have.</summary>
    public uint NextSequence;

    /// <summary>A hash of the flow, the same for all its packets.</summary>
    public uint FlowHash;

    /// <summary>Whether nothing more may be joined.</summary>
    public bool IsClosed;

    /// <summary>Whether the checksums of the first packet were seen to be right.</summary>
    public bool IsFirstChecked;

    /// <summary>TCP: whether the last packet has PSH.</summary>
    public bool IsPush;
}
