using System.Runtime.Intrinsics;

namespace PfsVpn.Tun;

/// <summary>Compares the headers of two packets, leaving out what differs between the segments of a super-packet: lengths, id, checksums, sequence number, PSH.</summary>
/// <remarks>
/// Sizes: masks of 128 bytes; IPv6 and TCP with all options have 100. Plain headers only: 20 or 40 bytes of IP.
/// Threading: pure functions. Safety: whole vectors are loaded, up to 31 bytes behind the headers, which lie in the batch's memory or the page that it has more.
/// </remarks>
internal static unsafe class HeaderMask
{
    private const int Length = 128;
    private static readonly byte[] V4Tcp = Make(20, [2, 3, 4, 5, 10, 11], isTcp: true);
    private static readonly byte[] V4Udp = Make(20, [2, 3, 4, 5, 10, 11], isTcp: false);
    private static readonly byte[] V6Tcp = Make(40, [4, 5], isTcp: true);
    private static readonly byte[] V6Udp = Make(40, [4, 5], isTcp: false);

    /// <summary>Whether the first <paramref name="headers"/> bytes agree. At most 128.</summary>
    public static bool AreAlike(byte* a, byte* b, int headers, bool isV4, bool isTcp)
    {
        var difference = Vector256<byte>.Zero;
        fixed (byte* mask = isV4 ? (isTcp ? V4Tcp : V4Udp) : isTcp ? V6Tcp : V6Udp)
        {
            for (var offset = 0; offset < headers; offset += Vector256<byte>.Count)
            {
                var inside = Vector256.LessThan(Vector256<byte>.Indices, Vector256.Create((byte)Math.Min(headers - offset, Vector256<byte>.Count)));
                difference |= (Vector256.Load(a + offset) ^ Vector256.Load(b + offset)) & Vector256.Load(mask + offset) & inside;
            }
        }
        return difference == Vector256<byte>.Zero;
    }

    private static byte[] Make(int transport, ReadOnlySpan<byte> ip, bool isTcp)
    {
        var mask = new byte[Length];
        mask.AsSpan().Fill(byte.MaxValue);
        foreach (var field in ip) mask[field] = 0;
        if (isTcp)
        {
            mask.AsSpan(transport + 4, 4).Clear();
            mask[transport + 13] = unchecked((byte)~TcpFields.Push);
            mask.AsSpan(transport + 16, 2).Clear();
        }
        else
        {
            mask.AsSpan(transport + 4, 4).Clear();
        }
        return mask;
    }
}
