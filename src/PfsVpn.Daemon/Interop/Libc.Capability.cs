using System.Runtime.InteropServices;

namespace PfsVpn.Daemon.Interop;

/// <summary>Capabilities: <c>linux/capability.h</c>.</summary>
/// <remarks>References: capabilities(7), capget(2). Version 3 of the header: 64 capabilities in two halves.</remarks>
internal static unsafe partial class Libc
{
    public const uint _LINUX_CAPABILITY_VERSION_3 = 0x20080522;

    public const int CAP_DAC_OVERRIDE = 1, CAP_DAC_READ_SEARCH = 2, CAP_NET_BIND_SERVICE = 10, CAP_NET_BROADCAST = 11;
    public const int CAP_NET_ADMIN = 12, CAP_IPC_LOCK = 14;

    public struct cap_user_header
    {
        public uint version;
        public int pid;
    }

    public struct cap_user_data
    {
        public uint effective;
        public uint permitted;
        public uint inheritable;
    }

    [LibraryImport(Library, SetLastError = true)]
    public static partial int capget(cap_user_header* header, cap_user_data* data);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int capset(cap_user_header* header, cap_user_data* data);
}
