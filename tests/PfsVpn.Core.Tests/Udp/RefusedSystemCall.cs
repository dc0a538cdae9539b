using System.Runtime.InteropServices;

namespace PfsVpn.Tests.Udp;

/// <summary>Has the kernel refuse a system call of the calling thread with an errno, from now to the thread's end, by a seccomp filter.</summary>
internal static unsafe partial class RefusedSystemCall
{
    private const int SetSeccomp = 22, FilterMode = 2;
    private const ushort LoadWord = 0x20, JumpIfEqual = 0x15, Return = 0x06;
    private const uint Errno = 0x0005_0000, Allow = 0x7FFF_0000;

    /// <summary>The number of sendmsg.</summary>
    public static uint SendMessage => RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? 211u : 46u;

    /// <summary>Refuses it from now on.</summary>
    public static void Refuse(uint number, int errno)
    {
        var filter = stackalloc Instruction[4];
        filter[0] = new Instruction { Code = LoadWord };
        filter[1] = new Instruction { Code = JumpIfEqual, Value = number, IfFalse = 1 };
        filter[2] = new Instruction { Code = Return, Value = Errno | (uint)errno };
        filter[3] = new Instruction { Code = Return, Value = Allow };
        var program = new Program { Length = 4, Filter = filter };
        Assert.True(prctl(SetSeccomp, FilterMode, &program, 0, 0) == 0, $"prctl failed with error {Marshal.GetLastPInvokeError()}.");
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int prctl(int option, nuint mode, void* program, nuint unused, nuint unusedToo);

    [StructLayout(LayoutKind.Sequential)]
    private struct Instruction
    {
        public ushort Code;
        public byte IfTrue;
        public byte IfFalse;
        public uint Value;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Program
    {
        public ushort Length;
        public Instruction* Filter;
    }
}
