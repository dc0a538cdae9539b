using System.Runtime.InteropServices;

namespace PfsVpn.Lab.Interop;

/// <summary>A kernel without memfd_secret, as far as one thread and what it starts are concerned.</summary>
/// <remarks>References: seccomp(2), bpf(2).</remarks>
internal static unsafe class MissingMemfdSecret
{
    private const int ENOSYS = 38;
    private const int SYS_memfd_secret = 447;

    /// <summary>
    /// From now on memfd_secret fails with ENOSYS for the calling thread and every process that it starts, as on a kernel that has none. It cannot be undone, so
    /// the thread must end.
    /// </summary>
    /// <exception cref="LabException">The kernel does not take the filter.</exception>
    public static void Pretend()
    {
        // BPF: load the number of the call; is it the one: refuse; allow.
        var program = stackalloc ulong[]
        {
            Instruction(0x20, 0, 0, 0), Instruction(0x15, 0, 1, SYS_memfd_secret), Instruction(0x06, 0, 0, 0x00050000 | ENOSYS), Instruction(0x06, 0, 0, 0x7FFF0000),
        };
        var filter = stackalloc nint[2];
        filter[0] = 4;
        filter[1] = (nint)program;
        if (Libc.prctl(Libc.PR_SET_SECCOMP, Libc.SECCOMP_MODE_FILTER, (nuint)filter, 0, 0) != 0)
            throw new LabException($"The system call filter cannot be set: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    private static ulong Instruction(ushort code, byte ifTrue, byte ifFalse, uint k) => code | ((ulong)ifTrue << 16) | ((ulong)ifFalse << 24) | ((ulong)k << 32);
}
