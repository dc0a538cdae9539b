using System.Globalization;

namespace PfsVpn.Lab.Memory;

/// <summary>Where the threads of a process stand on their stacks, so that a hit can be put down to one of them.</summary>
/// <remarks>References: proc(5), /proc/PID/task/TID/syscall: the last but one field is the stack pointer of a thread that waits in a system call.</remarks>
internal sealed class ThreadStacks
{
    private readonly List<(string Name, ulong StackPointer)> _threads = [];

    /// <summary>Looks at all threads that wait.</summary>
    public ThreadStacks(int processId)
    {
        try
        {
            foreach (var task in Directory.EnumerateDirectories($"/proc/{processId}/task"))
            {
                var fields = File.ReadAllText(task + "/syscall").Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (fields.Length < 3) continue;
                _threads.Add((File.ReadAllText(task + "/comm").Trim(), ulong.Parse(fields[^2].AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
            }
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // Threads come and go; this is a hint in a report, no more.
        }
    }

    /// <summary>Which thread's stack an address is on, and how far from where the thread stands: frames in use are above. Null for none.</summary>
    public string? Describe(ProcessMapping mapping, ulong address)
    {
        foreach (var (name, stackPointer) in _threads)
        {
            if (stackPointer < mapping.Start || stackPointer >= mapping.End) continue;
            return address >= stackPointer
                ? $"stack of thread {name}, 0x{address - stackPointer:x} bytes above its stack pointer"
                : $"stack of thread {name}, 0x{stackPointer - address:x} bytes below its stack pointer";
        }
        return null;
    }
}
