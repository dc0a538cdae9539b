using System.Diagnostics;
using System.Runtime.InteropServices;
using PfsVpn.Daemon.Hardening;
using PfsVpn.Daemon.Interop;
using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Daemon;

/// <summary>
/// What systemd would do before it executes the daemon, for a machine on which systemd is not running: a file system that is read-only but for the folder of control
/// sockets, the unit's bounding set, no_new_privs, and its filter of system calls. All of these belong to threads, and what a thread starts inherits them.
/// </summary>
internal static unsafe partial class UnitSandbox
{
    private const int CLONE_NEWNS = 0x20000, CLONE_NEWNET = 0x40000000, MS_BIND = 0x1000, MS_REC = 0x4000, MS_PRIVATE = 0x40000;
    private const int AT_FDCWD = -100, AT_RECURSIVE = 0x8000, MOUNT_ATTR_RDONLY = 1;
    private const nint SYS_mount_setattr = 442;
    private const int PR_SET_SECCOMP = 22, SECCOMP_MODE_FILTER = 2, EPERM = 1;
    private const uint SECCOMP_RET_ERRNO = 0x00050000, SECCOMP_RET_ALLOW = 0x7FFF0000;
    private const string Sockets = "/run/wireguard";

    /// <summary>Why there can be no such thing here, or null.</summary>
    public static string? Missing { get; } =
        Requirements.Find("systemd-analyze") is null ? "needs systemd-analyze" : NativeLibrary.TryLoad("libseccomp.so.2", out _) ? null : "needs libseccomp.so.2";

    /// <summary>Starts a command as the unit would.</summary>
    public static Process Start(UnitFile unit, TestNamespace place, string program, params string[] arguments)
    {
        var filter = Compile(unit.AllowedSystemCalls());
        Directory.CreateDirectory(Sockets);
        Process? process = null;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Enter(unit, place, filter);
                process = Command.Start([], program, arguments);
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.Start();
        thread.Join();
        Assert.Null(failure);
        return process!;
    }

    private static void Enter(UnitFile unit, TestNamespace place, Instruction[] filter)
    {
        using var network = File.OpenHandle("/var/run/netns/" + place.Name);
        Require(Native.setns((int)network.DangerousGetHandle(), CLONE_NEWNET));
        Require(unshare(CLONE_NEWNS));
        Require(mount(null, "/", null, MS_REC | MS_PRIVATE, 0));
        Require(mount(Sockets, Sockets, null, MS_BIND, 0));
        SetAttributes("/", AT_RECURSIVE, set: MOUNT_ATTR_RDONLY, clear: 0);
        SetAttributes(Sockets, 0, set: 0, clear: MOUNT_ATTR_RDONLY);
        var kept = unit.Value("CapabilityBoundingSet").Split(' ');
        for (var number = 0; number < 64 && Libc.prctl(Libc.PR_CAPBSET_READ, (nuint)number, 0, 0, 0) >= 0; number++)
        {
            if (!kept.Contains("CAP_" + Capability.Names(1UL << number), StringComparer.Ordinal)) Require(Libc.prctl(Libc.PR_CAPBSET_DROP, (nuint)number, 0, 0, 0));
        }
        Require(Libc.prctl(Libc.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
        fixed (Instruction* start = filter)
        {
            var program = new FilterProgram { length = (ushort)filter.Length, instructions = start };
            Require(Libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, (nuint)(&program), 0, 0));
        }
    }

    /// <summary>The number of the call is compared with each that is allowed; all others fail with EPERM.</summary>
    private static Instruction[] Compile(IEnumerable<string> names)
    {
        const ushort LoadWord = 0x20, JumpIfEqual = 0x15, Return = 0x06;
        var allow = new Instruction { code = Return, value = SECCOMP_RET_ALLOW };
        List<Instruction> program = [new Instruction { code = LoadWord, value = 0 }];
        foreach (var name in names)
        {
            var number = seccomp_syscall_resolve_name(name);
            // Negative: another architecture's.
            if (number >= 0) program.AddRange([new Instruction { code = JumpIfEqual, otherwise = 1, value = (uint)number }, allow]);
        }
        program.Add(new Instruction { code = Return, value = SECCOMP_RET_ERRNO | EPERM });
        return [.. program];
    }

    private static void SetAttributes(string path, int flags, ulong set, ulong clear)
    {
        var attributes = stackalloc ulong[4] { set, clear, 0, 0 };
        Require((int)mount_setattr(SYS_mount_setattr, AT_FDCWD, path, flags, attributes, 32));
    }

    private static void Require(int result) => Assert.True(result == 0, Errno.Last);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unshare(int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mount(string? source, string target, string? type, nuint flags, nint data);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint mount_setattr(nint number, int directory, string path, int flags, void* attributes, nuint size);

    [LibraryImport("libseccomp.so.2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int seccomp_syscall_resolve_name(string name);

    /// <summary><c>struct sock_filter</c>.</summary>
    private struct Instruction
    {
        public ushort code;
        public byte then;
        public byte otherwise;
        public uint value;
    }

    /// <summary><c>struct sock_fprog</c>.</summary>
    private struct FilterProgram
    {
        public ushort length;
        public Instruction* instructions;
    }
}
