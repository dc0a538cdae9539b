using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace PfsVpn.Tests.Crypto;

/// <summary>
/// Runs code on a thread of its own without CAP_IPC_LOCK, under a limit of locked memory, or without a system call.
/// Capabilities and seccomp filters are per thread, so nothing else in the process is touched; the limit is the process's, but other
/// threads of root are exempt from it, and it is restored.
/// </summary>
internal static unsafe partial class RestrictedThread
{
    private const int CapabilityVersion3 = 0x20080522, CAP_IPC_LOCK = 14, RLIMIT_MEMLOCK = 8;
    private const int PR_SET_SECCOMP = 22, PR_SET_NO_NEW_PRIVS = 38, SECCOMP_MODE_FILTER = 2, ENOSYS = 38;
    private const uint SYS_memfd_secret = 447;

    /// <summary>Runs <paramref name="action"/> with a soft limit of <paramref name="lockedBytes"/>; with null, the one that is.</summary>
    public static void Run(long? lockedBytes, Action action)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                DropIpcLock();
                WithLimit(lockedBytes, action);
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    /// <summary>From now on, memfd_secret answers ENOSYS on this thread.</summary>
    public static void RefuseMemfdSecret()
    {
        // ld [0] (the number of the call); jeq memfd_secret; ret ERRNO ENOSYS; ret ALLOW
        var filter = stackalloc ulong[4];
        filter[0] = Instruction(0x20, 0, 0, 0);
        filter[1] = Instruction(0x15, 0, 1, SYS_memfd_secret);
        filter[2] = Instruction(0x06, 0, 0, 0x00050000 | ENOSYS);
        filter[3] = Instruction(0x06, 0, 0, 0x7fff0000);
        var program = stackalloc nint[2];
        program[0] = 4;
        program[1] = (nint)filter;
        Check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl(PR_SET_NO_NEW_PRIVS)");
        Check(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, (nint)program, 0, 0), "prctl(PR_SET_SECCOMP)");
    }

    private static ulong Instruction(ushort code, byte ifTrue, byte ifFalse, uint value) =>
        code | ((ulong)ifTrue << 16) | ((ulong)ifFalse << 24) | ((ulong)value << 32);

    private static void WithLimit(long? lockedBytes, Action action)
    {
        var old = stackalloc ulong[2];
        Check(prlimit(0, RLIMIT_MEMLOCK, null, old), "prlimit");
        var wanted = stackalloc ulong[2];
        wanted[0] = lockedBytes is { } bytes ? Math.Min((ulong)bytes, old[1]) : old[0];
        wanted[1] = old[1];
        Check(prlimit(0, RLIMIT_MEMLOCK, wanted, null), "prlimit");
        try
        {
            action();
        }
        finally
        {
            Check(prlimit(0, RLIMIT_MEMLOCK, old, null), "prlimit");
        }
    }

    private static void DropIpcLock()
    {
        var header = stackalloc int[2];
        header[0] = CapabilityVersion3;
        header[1] = 0;
        // Effective, permitted, inheritable; twice.
        var sets = stackalloc uint[6];
        Check(capget(header, sets), "capget");
        sets[0] &= ~(1u << CAP_IPC_LOCK);
        Check(capset(header, sets), "capset");
    }

    private static void Check(int result, string call)
    {
        if (result != 0) throw new InvalidOperationException($"{call} failed: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", SetLastError = true)] private static partial int capget(int* header, uint* sets);
    [LibraryImport("libc", SetLastError = true)] private static partial int capset(int* header, uint* sets);
    [LibraryImport("libc", SetLastError = true)] private static partial int prlimit(int process, int resource, ulong* wanted, ulong* old);
    [LibraryImport("libc", SetLastError = true)] private static partial int prctl(int option, nint a, nint b, nint c, nint d);
}
