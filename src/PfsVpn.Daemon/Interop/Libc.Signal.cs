using System.Runtime.InteropServices;

namespace PfsVpn.Daemon.Interop;

/// <summary>Signals and the ends of children: <c>signal.h</c>, <c>sys/wait.h</c>.</summary>
/// <remarks>References: signal(2), sigsetops(3), waitpid(2). Values are those of Linux on x86-64 and ARM64.</remarks>
internal static unsafe partial class Libc
{
    public const int SIGHUP = 1, SIGINT = 2, SIGQUIT = 3, SIGPIPE = 13, SIGTERM = 15;
    public const nint SIG_DFL = 0;
    public const int SIG_SETMASK = 2;

    /// <summary>Size of a sigset_t in bytes (glibc and musl).</summary>
    public const int SignalSetSizeInBytes = 128;

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint signal(int signal, nint handler);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int sigemptyset(void* signals);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int sigaddset(void* signals, int signal);

    /// <summary>Returns the errno.</summary>
    [LibraryImport(Library)]
    public static partial int pthread_sigmask(int how, void* signals, void* oldSignals);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int waitpid(int pid, int* status, int options);
}
