using System.Runtime.InteropServices;

namespace PfsVpn.PeerBench;

/// <summary>kill(2): .NET itself can only kill.</summary>
internal static partial class Signals
{
    /// <summary>SIGTERM.</summary>
    public const int Terminate = 15;

    /// <summary>Sends a signal to a process; false where it is gone.</summary>
    public static bool Send(int processId, int signal) => kill(processId, signal) == 0;

    [LibraryImport("libc")]
    private static partial int kill(int pid, int sig);
}
