using System.ComponentModel;
using System.Runtime.InteropServices;

namespace PfsVpn.SystemTests.Harness;

/// <summary>The few system calls that .NET has no method for.</summary>
internal static unsafe partial class Syscalls
{
    public const int SIGINT = 2;
    public const int SIGTERM = 15;
    public const int SIGKILL = 9;
    public const int SIGCONT = 18;
    public const int SIGSTOP = 19;
    private const int CLONE_NEWNET = 0x40000000;
    private const int PR_SET_SECCOMP = 22;
    private const int SECCOMP_MODE_FILTER = 2;

    /// <summary>Moves the calling thread into the network namespace of an open file.</summary>
    public static void EnterNetworkNamespace(SafeHandle file) => Check(setns((int)file.DangerousGetHandle(), CLONE_NEWNET), "setns");

    /// <summary>Sends a signal; false where the process is gone.</summary>
    public static bool Signal(int processId, int signal) => kill(processId, signal) == 0;

    /// <summary>
    /// From now on the calling thread, and every process that it starts, is told that there is no IPv6: socket(AF_INET6) is EAFNOSUPPORT,
    /// as on a host booted with ipv6.disable=1. It cannot be undone, so the thread must end.
    /// </summary>
    public static void RefuseIpv6Sockets()
    {
        // BPF: load nr; if not socket: allow; load the first argument; if AF_INET6: EAFNOSUPPORT; allow.
        var program = stackalloc ulong[]
        {
            Instruction(0x20, 0, 0, 0), Instruction(0x15, 0, 3, 41), Instruction(0x20, 0, 0, 16),
            Instruction(0x15, 0, 1, 10), Instruction(0x06, 0, 0, 0x00050000 | 97), Instruction(0x06, 0, 0, 0x7FFF0000),
        };
        var filter = stackalloc nint[2];
        filter[0] = 6;
        filter[1] = (nint)program;
        Check(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, (nint)filter, 0, 0), "prctl(PR_SET_SECCOMP)");
    }

    /// <summary>The index of an interface in the calling thread's namespace.</summary>
    public static int InterfaceIndex(string name) => if_nametoindex(name) is > 0 and var index ? (int)index : throw new InvalidOperationException($"no interface {name}");

    private static ulong Instruction(ushort code, byte ifTrue, byte ifFalse, uint k) => code | ((ulong)ifTrue << 16) | ((ulong)ifFalse << 24) | ((ulong)k << 32);

    private static void Check(int result, string what)
    {
        if (result == 0) return;
        var error = new Win32Exception(Marshal.GetLastPInvokeError());
        throw new InvalidOperationException($"{what}: {error.Message}", error);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setns(int fd, int type);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int pid, int signal);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial uint if_nametoindex(string name);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int prctl(int option, nint a, nint b, nint c, nint d);
}
