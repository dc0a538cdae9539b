using System.Runtime.InteropServices;
using PfsVpn.Cli.Windows.Native;

namespace PfsVpn.Cli;

/// <summary>What a process can say about itself and to its children: <c>sys/prctl.h</c>, <c>sys/resource.h</c>, <c>signal.h</c>.</summary>
/// <remarks>References: prctl(2), setrlimit(2), kill(2). Values are those of Linux on x86-64 and ARM64.</remarks>
internal static unsafe partial class NativeProcess
{
    private const string Library = "libc";
    private const int PR_SET_DUMPABLE = 4, RLIMIT_CORE = 4, SIGTERM = 15;

    /// <summary>Keeps keys out of core files and out of reach of other processes of the same user. A refusal changes nothing that the program needs.</summary>
    /// <param name="alsoOfChildren">Whether programs that it starts make no core files either: a limit is inherited, and cannot be raised again.</param>
    public static void RefuseDumps(bool alsoOfChildren = true)
    {
        if (OperatingSystem.IsWindows())
        {
            WindowsProcess.RefuseDumps();
            return;
        }
        var none = stackalloc ulong[2];
        none[0] = none[1] = 0;
        if (alsoOfChildren) _ = setrlimit(RLIMIT_CORE, none);
        _ = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    }

    /// <summary>Sends SIGTERM to a process of ours; one that has ended already does not mind. On Windows it is ended.</summary>
    public static void AskToEnd(int process) => _ = Signal(process, SIGTERM);

    /// <summary>Sends a signal, on Windows the only one that there is: the process ends. False where the process is gone, or not ours.</summary>
    public static bool Signal(int process, int signal) => OperatingSystem.IsWindows() ? WindowsProcess.End(process) : kill(process, signal) == 0;

    /// <summary>Leaves the terminal: a session of its own. A process that leads one already stays as it is.</summary>
    public static void LeaveTerminal() => _ = setsid();

    /// <summary>Puts what <paramref name="to"/> refers to in the place of a descriptor. A refusal leaves the descriptor as it was.</summary>
    public static void Redirect(int descriptor, int to) => _ = dup2(to, descriptor);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int setsid();

    [LibraryImport(Library, SetLastError = true)]
    private static partial int dup2(int from, int to);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int kill(int process, int signal);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int setrlimit(int resource, ulong* limit);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int prctl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);
}
