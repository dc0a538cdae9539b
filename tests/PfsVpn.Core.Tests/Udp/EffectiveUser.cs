using System.Runtime.InteropServices;

namespace PfsVpn.Tests.Udp;

/// <summary>The effective user of the calling thread, which the kernel writes into the sockets that it makes.</summary>
internal static partial class EffectiveUser
{
    private const uint Keep = uint.MaxValue;

    /// <summary>Sets it for this thread alone, which the C library's functions do for all; 0 or -1.</summary>
    public static int Set(uint user) =>
        (int)syscall(RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? 147 : 117, Keep, user, Keep);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nuint real, nuint effective, nuint saved);
}
