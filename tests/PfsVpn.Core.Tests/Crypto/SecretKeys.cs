using PfsVpn.Crypto;

namespace PfsVpn.Tests.Crypto;

/// <summary>Secrets with known content, for tests.</summary>
internal static class SecretKeys
{
    /// <summary>A key in <paramref name="arena"/> with these 32 bytes.</summary>
    public static SecretKey Of(SecretArena arena, ReadOnlySpan<byte> bytes)
    {
        var key = arena.Allocate();
        bytes.CopyTo(key.Bytes);
        return key;
    }

    /// <summary>32 counting bytes.</summary>
    public static SecretKey Counting(SecretArena arena, byte first)
    {
        var key = arena.Allocate();
        for (var i = 0; i < SecretKey.SizeInBytes; i++) key.Bytes[i] = (byte)(first + i);
        return key;
    }
}
