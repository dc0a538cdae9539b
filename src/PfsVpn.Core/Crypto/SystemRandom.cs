using System.Runtime.InteropServices;
using PfsVpn.Interop;

namespace PfsVpn.Crypto;

/// <summary>The kernel's generator, getrandom(2): no state in this process that could be seized.</summary>
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
            for (var filled = 0; filled < destination.Length;)
            {
                var count = Libc.getrandom(start + filled, (nuint)(destination.Length - filled), 0);
                if (count > 0) filled += (int)count;
                else if (Marshal.GetLastPInvokeError() != EINTR) throw new InvalidOperationException("getrandom failed: the kernel gives no randomness.");
            }
        }
    }
}
