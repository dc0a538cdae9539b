using PfsVpn.Crypto;
using PfsVpn.Interop;

namespace PfsVpn.Lab.Seizure;

/// <summary>Windows of memory as ephemeral private keys: those that look like one are multiplied out and compared with the public keys on the wire.</summary>
/// <remarks>
/// Looked at: windows at multiples of 8 bytes that are clamped, as every scalar here is, and have at least <see cref="DistinctBytes"/> different bytes: a random
/// key has fewer once in some ten million times (a test computes it). Threading: pure functions.
/// </remarks>
internal static unsafe class EphemeralWindows
{
    /// <summary>Windows with fewer different bytes are left out.</summary>
    public const int DistinctBytes = 20;

    private const int Alignment = 8;

    /// <summary>Tries the windows that begin between <paramref name="start"/>, a multiple of 8, and <paramref name="end"/>. Returns how many were multiplied out.</summary>
    public static long Try(byte* start, byte* end, IReadOnlySet<PublicKey> wanted, Action<byte[]> found)
    {
        var tried = 0L;
        Span<byte> point = stackalloc byte[PublicKey.SizeInBytes];
        for (var window = start; window < end; window += Alignment)
        {
            if ((window[0] & 7) != 0 || (window[31] & 0xC0) != 0x40 || !LooksRandom(window)) continue;
            tried++;
            fixed (byte* to = point) _ = Sodium.crypto_scalarmult_base(to, window);
            if (wanted.Contains(new PublicKey(point))) found(new ReadOnlySpan<byte>(window, SecretKey.SizeInBytes).ToArray());
        }
        return tried;
    }

    /// <summary>Whether 32 bytes have enough different values.</summary>
    public static bool LooksRandom(byte* window)
    {
        var seen = stackalloc ulong[4];
        for (var i = 0; i < 4; i++) seen[i] = 0;
        for (var i = 0; i < SecretKey.SizeInBytes; i++) seen[window[i] >> 6] |= 1UL << (window[i] & 63);
        var distinct = 0;
        for (var i = 0; i < 4; i++) distinct += System.Numerics.BitOperations.PopCount(seen[i]);
        return distinct >= DistinctBytes;
    }
}
