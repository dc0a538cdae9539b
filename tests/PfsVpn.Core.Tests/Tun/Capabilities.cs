using System.Runtime.InteropServices;

namespace PfsVpn.Tests.Tun;

/// <summary>Capabilities of the calling thread, and of the threads that it starts from then on.</summary>
internal static unsafe partial class Capabilities
{
    private const uint Version3 = 0x20080522;
    private const uint NetBindService = 1u << 10, NetAdmin = 1u << 12, IpcLock = 1u << 14;

    /// <summary>What the daemon cannot do without; CAP_NET_BROADCAST is not among it.</summary>
    public static void DropToThoseOfTheDaemon() => DropTo(NetBindService | NetAdmin | IpcLock);

    /// <summary>None.</summary>
    public static void DropAll() => DropTo(0);

    private static void DropTo(uint kept)
    {
        var header = stackalloc uint[2] { Version3, 0 };
        var data = stackalloc uint[6] { kept, kept, 0, 0, 0, 0 };
        Assert.Equal(0, capset(header, data));
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int capset(uint* header, uint* data);
}
