namespace PfsVpn.Packets;

/// <summary>How an inner packet becomes a transport message in place, and how far apart packets must lie for that.</summary>
/// <remarks>
/// References: WireGuard paper §5.4.6; kernel send.c, calculate_skb_padding.
/// Sizes: header 16 (type 4, receiver 4, counter 8), text, zero padding of at most 15, tag 16. Packets at <see cref="Next"/> of each other become messages
/// that touch: a run of them is one piece of memory.
/// Threading: pure functions.
/// </remarks>
internal static class WireLayout
{
    /// <summary>Bytes of the header before the text.</summary>
    public const int Header = 16;

    /// <summary>Bytes of the tag behind text and padding.</summary>
    public const int Tag = 16;

    /// <summary>Messages are padded to a multiple of this.</summary>
    public const int PaddingMultiple = 16;

    /// <summary>Zero bytes that follow a packet: up to a multiple of 16, but never so that it passes the MTU. An <paramref name="mtu"/> of 0 is none.</summary>
    public static int PaddingFor(int length, int mtu)
    {
        var lastUnit = mtu > 0 && length > mtu ? length % mtu : length;
        var padded = (lastUnit + PaddingMultiple - 1) & ~(PaddingMultiple - 1);
        if (mtu > 0) padded = Math.Min(padded, mtu);
        return padded - lastUnit;
    }

    /// <summary>The nearest offset at which another packet may lie behind the one of <paramref name="length"/> bytes at <paramref name="offset"/>.</summary>
    public static int Next(int offset, int length, int mtu) => offset + length + PaddingFor(length, mtu) + Tag + Header;
}
