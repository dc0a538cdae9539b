using System.Runtime.InteropServices;
using PfsVpn.Interop;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Crypto;

/// <summary>The system's generator: no state of this program's own that could be seized.</summary>
/// <remarks>
/// References: getrandom(2), which keeps all state in the kernel; on Windows Microsoft's page BCryptGenRandom, whose state is the system's library's.
/// Threading: safe from any thread. Errors: throws where the system gives no randomness; nothing goes on without.
/// </remarks>
internal sealed unsafe class SystemRandom : IRandomSource
{
    private const int EINTR = 4;

    /// <summary>The one instance.</summary>
    public static SystemRandom Instance { get; } = new();

    private SystemRandom()
    {
    }

    /// <inheritdoc/>
    public void Fill(Span<byte> destination)
    {
        fixed (byte* start = destination)
        {
            if (OperatingSystem.IsWindows()) FillFromWindows(start, destination.Length);
            else FillFromKernel(start, destination.Length);
        }
    }

    private static void FillFromKernel(byte* start, int length)
    {
        for (var filled = 0; filled < length;)
        {
            var count = Libc.getrandom(start + filled, (nuint)(length - filled), 0);
            if (count > 0) filled += (int)count;
            else if (Marshal.GetLastPInvokeError() != EINTR) throw new InvalidOperationException("getrandom failed: the kernel gives no randomness.");
        }
    }

    private static void FillFromWindows(byte* start, int length)
    {
        if (length == 0) return;
        var status = BCrypt.BCryptGenRandom(0, start, (uint)length, BCrypt.BCRYPT_USE_SYSTEM_PREFERRED_RNG);
        if (status < 0) throw new InvalidOperationException($"BCryptGenRandom failed with status {status:X8}: the system gives no randomness.");
    }
}
