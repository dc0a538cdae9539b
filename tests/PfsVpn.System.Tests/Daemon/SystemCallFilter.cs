using System.Runtime.InteropServices;

namespace PfsVpn.SystemTests.Daemon;

/// <summary>A unit's SystemCallFilter, RestrictAddressFamilies and RestrictNamespaces as a program for the kernel, in the manner of systemd's.</summary>
/// <remarks>References: systemd.exec(5); seccomp(2). Loads read <c>struct seccomp_data</c>: the call's number at 0, the low half of its first argument at 16.</remarks>
internal static partial class SystemCallFilter
{
    private const uint SECCOMP_RET_ERRNO = 0x00050000, SECCOMP_RET_ALLOW = 0x7FFF0000;
    private const ushort LoadWord = 0x20, JumpIfEqual = 0x15, JumpIfAny = 0x45, Return = 0x06;
    private const uint EPERM = 1, ENOSYS = 38, EAFNOSUPPORT = 97;

    /// <summary>CLONE_NEWTIME is left out: clone has its bit for the signal.</summary>
    private const uint NewNamespaces = 0x7E020000;

    private static readonly Dictionary<string, uint> Families = new(StringComparer.Ordinal) { ["AF_UNIX"] = 1, ["AF_INET"] = 2, ["AF_INET6"] = 10, ["AF_NETLINK"] = 16 };

    /// <summary>The program.</summary>
    public static Instruction[] Compile(UnitFile unit)
    {
        var allow = new Instruction { code = Return, value = SECCOMP_RET_ALLOW };
        List<Instruction> program = [new Instruction { code = LoadWord, value = 0 }];
        var families = unit.Value("RestrictAddressFamilies").Split(' ').Select(static name => Families[name]);
        AddFor(program, "socket", [new Instruction { code = LoadWord, value = 16 }, .. families.SelectMany(family => AllowIf(family, allow)), Fail(EAFNOSUPPORT)]);
        if (unit.Value("RestrictNamespaces") == "yes")
        {
            foreach (var call in (string[])["unshare", "setns"]) AddFor(program, call, [Fail(EPERM)]);
            // Its flags are in memory, which a filter cannot read: the C library falls back to the other one.
            AddFor(program, "clone3", [Fail(ENOSYS)]);
            AddFor(program, "clone", [new Instruction { code = LoadWord, value = 16 }, new Instruction { code = JumpIfAny, otherwise = 1, value = NewNamespaces }, Fail(EPERM), allow]);
        }
        foreach (var name in unit.AllowedSystemCalls())
        {
            // Negative: another architecture's.
            if (seccomp_syscall_resolve_name(name) is >= 0 and var number) program.AddRange(AllowIf((uint)number, allow));
        }
        program.Add(Fail(EPERM));
        return [.. program];
    }

    private static Instruction[] AllowIf(uint value, Instruction allow) => [new Instruction { code = JumpIfEqual, otherwise = 1, value = value }, allow];

    private static Instruction Fail(uint errno) => new() { code = Return, value = SECCOMP_RET_ERRNO | errno };

    /// <summary>What decides about one call, and ends there.</summary>
    private static void AddFor(List<Instruction> program, string call, Instruction[] rest)
    {
        program.Add(new Instruction { code = JumpIfEqual, otherwise = (byte)rest.Length, value = (uint)seccomp_syscall_resolve_name(call) });
        program.AddRange(rest);
    }

    [LibraryImport("libseccomp.so.2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int seccomp_syscall_resolve_name(string name);

    /// <summary><c>struct sock_filter</c>.</summary>
    internal struct Instruction
    {
        public ushort code;
        public byte then;
        public byte otherwise;
        public uint value;
    }
}
