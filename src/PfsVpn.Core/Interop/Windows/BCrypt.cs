using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>The system's generator: <c>bcrypt.h</c>.</summary>
/// <remarks>References: Microsoft's page BCryptGenRandom.</remarks>
internal static unsafe partial class BCrypt
{
    public const uint BCRYPT_USE_SYSTEM_PREFERRED_RNG = 2;

    /// <summary>Fills <paramref name="count"/> bytes; no algorithm (0) with the flag above. Returns an NTSTATUS: negative is failure.</summary>
    [LibraryImport("bcrypt.dll")]
    public static partial int BCryptGenRandom(nint algorithm, byte* buffer, uint count, uint flags);
}
