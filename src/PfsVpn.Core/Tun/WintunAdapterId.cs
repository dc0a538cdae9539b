using System.Buffers.Binary;
using System.Text;
using PfsVpn.Crypto;

namespace PfsVpn.Tun;

/// <summary>The GUID of a tunnel's adapter, made from its name: the same name has the same adapter for Windows, on every start and every machine.</summary>
/// <remarks>
/// Windows files what it learns of an adapter under its GUID: the kind of network, settings of the firewall, the name. A random one would leave such a file behind at every start.
/// How: the first 16 bytes of BLAKE2s-256 over <see cref="Label"/>, the number of bytes of the name (32 bits, little-endian) and the name in UTF-8 and lower case, as Windows takes
/// names for equal that differ in case; then version 8 and the variant of RFC 9562 are set, and the bytes read in network order. It says nothing about keys: those change, the adapter stays.
/// Threading: pure.
/// </remarks>
internal static class WintunAdapterId
{
    private const int GuidBytes = 16;
    private const int VersionByte = 6, VariantByte = 8;

    private static ReadOnlySpan<byte> Label => "PfsVpn adapter GUID v1"u8;

    /// <summary>The GUID of the adapter of a name.</summary>
    public static Guid For(string name)
    {
        var text = Encoding.UTF8.GetBytes(name.ToLowerInvariant());
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, text.Length);
        var hash = new Blake2s(Blake2s.HashSizeInBytes);
        hash.Update(Label);
        hash.Update(length);
        hash.Update(text);
        Span<byte> digest = stackalloc byte[Blake2s.HashSizeInBytes];
        hash.Finish(digest);
        digest[VersionByte] = (byte)((digest[VersionByte] & 0x0F) | 0x80);
        digest[VariantByte] = (byte)((digest[VariantByte] & 0x3F) | 0x80);
        return new Guid(digest[..GuidBytes], bigEndian: true);
    }
}
