using System.Buffers.Binary;
using PfsVpn.Noise;

namespace PfsVpn.Udp;

/// <summary>Tells a run of data messages that arrived as one without the length of its segments.</summary>
/// <remarks>
/// Some Windows drivers and virtual switches coalesce what a socket receives and lose UDP_COALESCED_INFO; each such run would fail to decrypt as one datagram, and the tunnel with it.
/// Data messages of one flow begin with the same 8 bytes (type and receiver index), and in what follows, which is encrypted, those come again by chance once in 2^64 places.
/// Whoever makes a datagram look like a run on purpose gains nothing: its pieces fail to authenticate as it would have. Nor are runs given up for it, since anybody could have that.
/// Threading: pure functions.
/// </remarks>
internal static class UnlabelledRun
{
    private const int SameBytes = 8;
    private const uint DataType = 4;

    /// <summary>The length of the segments, where <paramref name="datagram"/> is several data messages for one receiver, one behind the other; 0 where it is one datagram.</summary>
    public static int FindStride(ReadOnlySpan<byte> datagram)
    {
        if (datagram.Length < 2 * MessageSizes.DataMinimum || BinaryPrimitives.ReadUInt32LittleEndian(datagram) != DataType) return 0;
        var next = datagram[MessageSizes.DataMinimum..].IndexOf(datagram[..SameBytes]);
        return next < 0 ? 0 : MessageSizes.DataMinimum + next;
    }
}
