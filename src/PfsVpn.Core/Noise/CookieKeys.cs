using PfsVpn.Crypto;

namespace PfsVpn.Noise;

/// <summary>The keys of mac1 and of cookie replies: HASH(label || static public key), 32 bytes, no secret.</summary>
internal static class CookieKeys
{
    public static void Derive(Span<byte> key, ReadOnlySpan<byte> label, in PublicKey owner)
    {
        Span<byte> bytes = stackalloc byte[PublicKey.SizeInBytes];
        owner.CopyTo(bytes);
        Blake2s.Hash(key, label, bytes);
    }
}
