using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using PfsVpn.Daemon.Interop;
using PfsVpn.SystemTests.Harness;
using PfsVpn.SystemTests.Quick;

namespace PfsVpn.SystemTests.Daemon;

/// <summary>
/// What systemd would do before it executes the daemon, for a machine on which systemd is not running: a file system that is read-only but for what the unit lets be
/// written, the unit's bounding set, no_new_privs, and its filter of system calls, address families and namespaces. All of these belong to threads, and what a thread starts inherits them.
/// </summary>
internal static unsafe partial class UnitSandbox
{
    private const int CLONE_FS = 0x200, CLONE_NEWNS = 0x20000, CLONE_NEWPID = 0x20000000, CLONE_NEWNET = 0x40000000, MS_BIND = 0x1000, MS_REC = 0x4000, MS_PRIVATE = 0x40000;
    private const int AT_FDCWD = -100, AT_RECURSIVE = 0x8000, MOUNT_ATTR_RDONLY = 1;
    private const nint SYS_mount_setattr = 442;
    private const int PR_SET_SECCOMP = 22, SECCOMP_MODE_FILTER = 2;

    /// <summary>Those that a unit of ours keeps.</summary>
    private static readonly Dictionary<string, int> Capabilities = new(StringComparer.Ordinal)
    {
        ["CAP_SETPCAP"] = 8, ["CAP_NET_BIND_SERVICE"] = Libc.CAP_NET_BIND_SERVICE, ["CAP_NET_BROADCAST"] = Libc.CAP_NET_BROADCAST, ["CAP_NET_ADMIN"] = Libc.CAP_NET_ADMIN,
        ["CAP_NET_RAW"] = 13, ["CAP_IPC_LOCK"] = Libc.CAP_IPC_LOCK,
    };

    /// <summary>Why there can be no such thing here, or null.</summary>
    public static string? Missing { get; } =
        Requirements.Find("systemd-analyze") is null ? "needs systemd-analyze" : NativeLibrary.TryLoad("libseccomp.so.2", out _) ? null : "needs libseccomp.so.2";

    /// <summary>Starts a command as the unit would.</summary>
    public static Process Start(UnitFile unit, TestNamespace place, string program, params string[] arguments)
    {
        foreach (var path in unit.WritablePaths()) Directory.CreateDirectory(path);
        return Start(unit, () => EnterNamespace("/var/run/netns/" + place.Name, CLONE_NEWNET), [], program, arguments);
    }

    /// <summary>The same within a host of its own.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="box">The host.</param>
    /// <param name="prepare">Runs there before the sandbox is closed.</param>
    /// <param name="variables">Variables of the environment.</param>
    /// <param name="program">What to start.</param>
    /// <param name="arguments">Its arguments.</param>
    public static Process Start(UnitFile unit, TunnelBox box, Action prepare, (string Name, string? Value)[] variables, string program, params string[] arguments) => Start(
        unit,
        () =>
        {
            EnterBox(box.FirstProcess);
            foreach (var path in unit.WritablePaths()) Directory.CreateDirectory(path);
            prepare();
        },
        variables,
        program,
        arguments);

    private static Process Start(UnitFile unit, Action enterPlace, (string Name, string? Value)[] variables, string program, string[] arguments)
    {
        var filter = SystemCallFilter.Compile(unit);
        Process? process = null;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                enterPlace();
                Enter(unit, filter);
                process = Command.Start(variables, program, arguments);
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

    private static void EnterNamespace(string path, int kind)
    {
        using var handle = File.OpenHandle(path);
        Require(Native.setns((int)handle.DangerousGetHandle(), kind));
    }

    /// <summary>The process namespace is that of what this thread starts, not its own.</summary>
    private static void EnterBox(int first)
    {
        string Path(string kind) => string.Create(CultureInfo.InvariantCulture, $"/proc/{first}/ns/{kind}");
        Require(unshare(CLONE_FS));
        EnterNamespace(Path("net"), CLONE_NEWNET);
        EnterNamespace(Path("pid"), CLONE_NEWPID);
        EnterNamespace(Path("mnt"), CLONE_NEWNS);
    }

    private static void Enter(UnitFile unit, SystemCallFilter.Instruction[] filter)
    {
        Require(unshare(CLONE_NEWNS));
        Require(mount(null, "/", null, MS_REC | MS_PRIVATE, 0));
        // /var and /tmp stay read-only even where the unit lets them be written: they are the machine's.
        var writable = unit.WritablePaths();
        foreach (var path in writable) Require(mount(path, path, null, MS_BIND | MS_REC, 0));
        SetAttributes("/", AT_RECURSIVE, set: MOUNT_ATTR_RDONLY, clear: 0);
        foreach (var path in writable) SetAttributes(path, AT_RECURSIVE, set: 0, clear: MOUNT_ATTR_RDONLY);
        if (!unit.Values("ProtectKernelTunables").Contains("yes", StringComparer.Ordinal)) SetAttributes("/proc", 0, set: 0, clear: MOUNT_ATTR_RDONLY);
        var kept = unit.Value("CapabilityBoundingSet").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static name => Capabilities[name]).ToHashSet();
        for (var number = 0; number < 64 && Libc.prctl(Libc.PR_CAPBSET_READ, (nuint)number, 0, 0, 0) >= 0; number++)
        {
            if (!kept.Contains(number)) Require(Libc.prctl(Libc.PR_CAPBSET_DROP, (nuint)number, 0, 0, 0));
        }
        Require(Libc.prctl(Libc.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
        fixed (SystemCallFilter.Instruction* start = filter)
        {
            var program = new FilterProgram { length = (ushort)filter.Length, instructions = start };
            Require(Libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, (nuint)(&program), 0, 0));
        }
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

    /// <summary><c>struct sock_fprog</c>.</summary>
    private struct FilterProgram
    {
        public ushort length;
        public SystemCallFilter.Instruction* instructions;
    }
}
