using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace PfsVpn.Crypto;

/// <summary>Erasing and comparing native memory that holds secrets.</summary>
internal static unsafe class SecretMemory
{
    /// <summary>Zeroes <paramref name="length"/> bytes; never optimised away.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Zero(byte* address, nuint length)
    {
        while (length > int.MaxValue)
        {
            CryptographicOperations.ZeroMemory(new Span<byte>(address, int.MaxValue));
            address += int.MaxValue;
            length -= int.MaxValue;
        }
        CryptographicOperations.ZeroMemory(new Span<byte>(address, (int)length));
    }

    /// <summary>Compares in constant time.</summary>
    public static bool FixedTimeEquals(byte* left, byte* right, int length) =>
        CryptographicOperations.FixedTimeEquals(new ReadOnlySpan<byte>(left, length), new ReadOnlySpan<byte>(right, length));
}
