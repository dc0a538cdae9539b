using System.Runtime.InteropServices;

namespace PfsVpn.Lab.Hosting;

/// <summary>What the lab asks of processes: <c>sys/prctl.h</c>, <c>signal.h</c>.</summary>
/// <remarks>References: prctl(2), kill(2). Values are those of Linux.</remarks>
internal static partial class LabProcess
{
    public const int SIGKILL = 9, SIGCONT = 18, SIGSTOP = 19;

    private const string Library = "libc";
    private const int PR_SET_DUMPABLE = 4;

    /// <summary>Lets other processes of the same user read the memory of this one: what the daemon refuses, and the lab wants.</summary>
    public static void AllowReading() => _ = prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);

    /// <summary>Sends a signal; false where the process is gone.</summary>
    public static bool Signal(int processId, int signal) => kill(processId, signal) == 0;

    /// <summary>Waits until every thread of a process that was sent SIGSTOP stands still.</summary>
    /// <exception cref="LabException">It is gone, or does not stop.</exception>
    public static void AwaitStopped(int processId)
    {
        const int Attempts = 5000;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (IsStopped(processId)) return;
            Thread.Sleep(1);
        }
        throw new LabException($"Process {processId} does not stop.");
    }

    private static bool IsStopped(int processId)
    {
        try
        {
            return Directory.EnumerateDirectories($"/proc/{processId}/task").All(static task =>
            {
                // The state follows the name, which is in parentheses and may hold any character.
                var text = File.ReadAllText(Path.Combine(task, "stat"));
                return text[text.LastIndexOf(')') + 2] is 'T' or 't' or 'Z';
            });
        }
        catch (IOException failure)
        {
            throw new LabException($"Process {processId} is gone: {failure.Message}", failure);
        }
    }

    [LibraryImport(Library, SetLastError = true)]
    private static partial int prctl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int kill(int processId, int signal);
}
