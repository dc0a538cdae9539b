using System.Runtime.InteropServices;
using System.Text;

namespace PfsVpn.Cli.Rootless;

/// <summary>Starting, signalling and becoming programs: <c>spawn.h</c>, <c>signal.h</c>, <c>sys/wait.h</c>, <c>unistd.h</c>. Arguments and variables are bytes: they need not be UTF-8.</summary>
/// <remarks>
/// References: posix_spawn(3), waitpid(2), exec(3), tcgetpgrp(3), capset(2). Values are those of Linux on x86-64 and ARM64.
/// Not the framework's Process: it neither hands descriptors on nor tells of a stopped child.
/// </remarks>
internal static unsafe partial class NativeProgram
{
    public const int SIGHUP = 1, SIGINT = 2, SIGQUIT = 3, SIGKILL = 9, SIGUSR1 = 10, SIGUSR2 = 12, SIGPIPE = 13, SIGTERM = 15, SIGCHLD = 17, SIGCONT = 18, SIGSTOP = 19;
    public const int WUNTRACED = 2;

    private const string Library = "libc";
    private const short POSIX_SPAWN_SETSIGDEF = 0x04, POSIX_SPAWN_SETSID = 0x80;
    private const int O_RDWR = 2;
    private const int PR_CAP_AMBIENT = 47, PR_CAP_AMBIENT_CLEAR_ALL = 4;
    private const uint _LINUX_CAPABILITY_VERSION_3 = 0x20080522;

    /// <summary>Room for a posix_spawnattr_t (336 bytes in glibc and musl), a posix_spawn_file_actions_t (80) or a sigset_t (128).</summary>
    private const int ObjectSize = 512;

    /// <summary>The user that this process acts for.</summary>
    public static uint EffectiveUser => geteuid();

    /// <summary>The group of it.</summary>
    public static uint EffectiveGroup => getegid();

    /// <summary>This process's environment as it was given.</summary>
    public static List<byte[]> Environment()
    {
        var variables = new List<byte[]>();
        for (var next = *(byte***)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "environ"); *next != null; next++)
            variables.Add(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(*next).ToArray());
        return variables;
    }

    /// <summary>Starts a program. Descriptors that are not closed on execution are handed on. Returns its process id, or a negative errno.</summary>
    /// <param name="path">The program's file.</param>
    /// <param name="arguments">All of them, the program's name first.</param>
    /// <param name="environment">Its environment.</param>
    /// <param name="apart">In a session of its own, without a terminal: its input is /dev/null, its output goes where complaints go.</param>
    public static int Start(string path, List<byte[]> arguments, List<byte[]> environment, bool apart)
    {
        byte* actions = stackalloc byte[ObjectSize], attributes = stackalloc byte[ObjectSize], signals = stackalloc byte[ObjectSize];
        using var name = new NativeStrings([Encoding.UTF8.GetBytes(path)]);
        using var words = new NativeStrings(arguments);
        using var variables = new NativeStrings(environment);
        _ = posix_spawn_file_actions_init(actions);
        _ = posix_spawnattr_init(attributes);
        fixed (byte* nothing = "/dev/null\0"u8)
        {
            if (apart)
            {
                _ = posix_spawn_file_actions_addopen(actions, 0, nothing, O_RDWR, 0);
                _ = posix_spawn_file_actions_adddup2(actions, 2, 1);
            }
            // The runtime ignores SIGPIPE, and that would be inherited.
            _ = sigemptyset(signals);
            _ = sigaddset(signals, SIGPIPE);
            _ = posix_spawnattr_setsigdefault(attributes, signals);
            _ = posix_spawnattr_setflags(attributes, apart ? (short)(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID) : POSIX_SPAWN_SETSIGDEF);
            int child;
            var errno = posix_spawn(&child, name.List[0], actions, attributes, words.List, variables.List);
            _ = posix_spawn_file_actions_destroy(actions);
            _ = posix_spawnattr_destroy(attributes);
            return errno == 0 ? child : -errno;
        }
    }

    /// <summary>Becomes a program, found in PATH where its name has no slash. Returns only where that fails: the errno.</summary>
    public static int Become(List<byte[]> arguments)
    {
        using var words = new NativeStrings(arguments);
        _ = signal(SIGPIPE, 0);
        _ = execvp(words.List[0], words.List);
        return Marshal.GetLastPInvokeError();
    }

    /// <summary>Waits for a change of a child. Returns its id, 0 where there is none yet, or a negative errno.</summary>
    public static int Wait(int child, int options, out int status)
    {
        int found, ended;
        do
        {
            ended = waitpid(child, &found, options);
        }
        while (ended < 0 && Marshal.GetLastPInvokeError() == NativeFile.EINTR);
        status = found;
        return ended >= 0 ? ended : -Marshal.GetLastPInvokeError();
    }

    /// <summary>Sends a signal. What has ended gets none.</summary>
    public static void Signal(int process, int number) => _ = kill(process, number);

    /// <summary>Stops this process with all of its threads; returns when it goes on.</summary>
    public static void StopSelf() => _ = kill(getpid(), SIGSTOP);

    /// <summary>Whether a process is in the same process group, to which a terminal sends its signals, as this one.</summary>
    public static bool SharesGroup(int process) => getpgid(process) == getpgid(0);

    /// <summary>Whether the terminal's keys send their signals to this process now.</summary>
    public static bool IsInForeground()
    {
        fixed (byte* path = "/dev/tty\0"u8)
        {
            var terminal = open(path, 0x80000);
            if (terminal < 0) return false;
            var foreground = tcgetpgrp(terminal);
            NativeFile.Close(terminal);
            return foreground == getpgid(0);
        }
    }

    /// <summary>Ends of children are told again, where this process was started with SIGCHLD ignored.</summary>
    public static void HearOfChildren() => _ = signal(SIGCHLD, 0);

    /// <summary>Gives all capabilities up, for this thread and what it executes. The bounding set stays: programs with capabilities of their own could not start without.</summary>
    public static bool DropCapabilities()
    {
        _ = prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        var header = stackalloc uint[2] { _LINUX_CAPABILITY_VERSION_3, 0 };
        var none = stackalloc uint[6] { 0, 0, 0, 0, 0, 0 };
        return capset(header, none) == 0;
    }

    /// <summary>Whether this thread may do what CAP_SYS_ADMIN allows.</summary>
    public static bool MayAdministrate()
    {
        const int CAP_SYS_ADMIN = 21;
        var header = stackalloc uint[2] { _LINUX_CAPABILITY_VERSION_3, 0 };
        var sets = stackalloc uint[6];
        return capget(header, sets) == 0 && (sets[0] & (1u << CAP_SYS_ADMIN)) != 0;
    }

    /// <summary>Both ends of a pipe, closed on execution.</summary>
    public static (int Read, int Write) Pipe()
    {
        var ends = stackalloc int[2];
        return pipe2(ends, 0x80000) == 0 ? (ends[0], ends[1]) : throw new CliException($"a pipe cannot be made: {NativeFile.Describe(Marshal.GetLastPInvokeError())}", ExecCommand.OwnFailure);
    }

    [LibraryImport(Library)]
    private static partial uint geteuid();

    [LibraryImport(Library)]
    private static partial uint getegid();

    [LibraryImport(Library)]
    private static partial int getpid();

    [LibraryImport(Library)]
    private static partial int getpgid(int process);

    [LibraryImport(Library)]
    private static partial int tcgetpgrp(int terminal);

    [LibraryImport(Library)]
    private static partial int open(byte* path, int flags);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int pipe2(int* ends, int flags);

    [LibraryImport(Library)]
    private static partial int kill(int process, int number);

    [LibraryImport(Library)]
    private static partial nint signal(int number, nint handler);

    [LibraryImport(Library)]
    private static partial int sigemptyset(void* signals);

    [LibraryImport(Library)]
    private static partial int sigaddset(void* signals, int number);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int waitpid(int process, int* status, int options);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int execvp(byte* file, byte** arguments);

    [LibraryImport(Library)]
    private static partial int posix_spawn(int* process, byte* path, void* actions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport(Library)]
    private static partial int posix_spawnattr_init(void* attributes);

    [LibraryImport(Library)]
    private static partial int posix_spawnattr_destroy(void* attributes);

    [LibraryImport(Library)]
    private static partial int posix_spawnattr_setflags(void* attributes, short flags);

    [LibraryImport(Library)]
    private static partial int posix_spawnattr_setsigdefault(void* attributes, void* signals);

    [LibraryImport(Library)]
    private static partial int posix_spawn_file_actions_init(void* actions);

    [LibraryImport(Library)]
    private static partial int posix_spawn_file_actions_destroy(void* actions);

    [LibraryImport(Library)]
    private static partial int posix_spawn_file_actions_addopen(void* actions, int descriptor, byte* path, int flags, uint mode);

    [LibraryImport(Library)]
    private static partial int posix_spawn_file_actions_adddup2(void* actions, int descriptor, int newDescriptor);

    [LibraryImport(Library)]
    private static partial int prctl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);

    [LibraryImport(Library)]
    private static partial int capset(uint* header, uint* sets);

    [LibraryImport(Library)]
    private static partial int capget(uint* header, uint* sets);
}
