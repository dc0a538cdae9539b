using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace PfsVpn.Cli.Doctor;

/// <summary>What this kernel can do, found by trying it: <c>fcntl.h</c>, <c>sys/syscall.h</c>.</summary>
/// <remarks>References: memfd_secret(2), udp(7), user_namespaces(7). Values are those of Linux on x86-64 and ARM64.</remarks>
internal static unsafe partial class NativeKernel
{
    private const string Library = "libc";
    private const int O_RDWR = 2, O_CLOEXEC = 0x80000;
    private const int SYS_memfd_secret = 447;
    private const int SOL_UDP = 17, UDP_SEGMENT = 103, UDP_GRO = 104;

    /// <summary>Opens a file for reading and writing, and closes it. 0, or an errno.</summary>
    public static int TryOpen(string path)
    {
        fixed (byte* name = NativeFile.Terminated(path))
        {
            var descriptor = open(name, O_RDWR | O_CLOEXEC);
            if (descriptor < 0) return Marshal.GetLastPInvokeError();
            NativeFile.Close(descriptor);
            return 0;
        }
    }

    /// <summary>Whether the kernel has something; null where that cannot be told.</summary>
    public static bool? Has(KernelFeature feature, ILinuxProbe probe) => feature switch
    {
        KernelFeature.SecretMemory => HasSecretMemory(),
        KernelFeature.UdpSegmentation => HasUdpOption(UDP_SEGMENT),
        KernelFeature.UdpReceiveOffload => HasUdpOption(UDP_GRO),
        KernelFeature.TunUdpSegmentation => IsAtLeast(probe.Text("/proc/sys/kernel/osrelease"), 6, 2),
        KernelFeature.Nftables => HasNftables(probe),
        _ => HasUserNamespaces(probe),
    };

    private static bool HasSecretMemory()
    {
        var descriptor = (int)syscall(SYS_memfd_secret, O_CLOEXEC);
        if (descriptor < 0) return false;
        NativeFile.Close(descriptor);
        return true;
    }

    private static bool? HasUdpOption(int option)
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.SetRawSocketOption(SOL_UDP, option, BitConverter.GetBytes(0));
            return true;
        }
        catch (SocketException refused)
        {
            return refused.SocketErrorCode == SocketError.ProtocolOption ? false : null;
        }
    }

    private static bool? IsAtLeast(string? release, int major, int minor)
    {
        var parts = release?.Split('.', '-', '\n');
        if (parts is not [var first, var second, ..] || !int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var one)
            || !int.TryParse(second, NumberStyles.None, CultureInfo.InvariantCulture, out var two)) return null;
        return one > major || (one == major && two >= minor);
    }

    /// <summary>Only root may ask.</summary>
    private static bool? HasNftables(ILinuxProbe probe)
    {
        var result = probe.Run("nft", "list", "tables");
        if (result.Succeeded) return true;
        return result.ExitCode == Tunnel.CommandResult.NotFound || probe.IsRoot ? false : null;
    }

    private static bool? HasUserNamespaces(ILinuxProbe probe)
    {
        if (probe.Text("/proc/self/ns/user") is null && probe.Mode("/proc/self/ns/user") < 0) return false;
        if (probe.Text("/proc/sys/user/max_user_namespaces")?.Trim() == "0") return false;
        if (probe.Text("/proc/sys/kernel/unprivileged_userns_clone")?.Trim() == "0") return false;
        return probe.Text("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")?.Trim() != "1";
    }

    [LibraryImport(Library, SetLastError = true)]
    private static partial int open(byte* path, int flags);

    [LibraryImport(Library, SetLastError = true)]
    private static partial nint syscall(nint number, nint flags);
}
