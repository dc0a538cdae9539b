using Microsoft.Win32.SafeHandles;

namespace PfsVpn.Lab.Memory;

/// <summary>The memory of another process, read through /proc/PID/mem.</summary>
/// <remarks>
/// References: proc(5), ptrace(2) "ptrace access mode checking": the caller needs CAP_SYS_PTRACE where the process is not dumpable.
/// Mappings without read permission are read as well where they have pages: the kernel lets a debugger. Threading: one owner.
/// </remarks>
internal sealed class ProcessMemory : IDisposable
{
    /// <summary>Bytes of a mapping that are handed out again with the next block, so that nothing is cut by the border of a block.</summary>
    public const int Overlap = 4096;

    private const int BlockBytes = 1024 * 1024;
    private const int PageBytes = 4096;

    private readonly SafeFileHandle _memory;
    private readonly byte[] _buffer = new byte[Overlap + BlockBytes];

    private ProcessMemory(int processId, SafeFileHandle memory) => (ProcessId, _memory) = (processId, memory);

    /// <summary>Takes a block of memory.</summary>
    /// <param name="mapping">Where it is.</param>
    /// <param name="address">The address of its first byte.</param>
    /// <param name="bytes">The bytes; gone when the call returns.</param>
    /// <param name="seen">How many of them, the first ones, were in the block before as well.</param>
    public delegate void Visitor(ProcessMapping mapping, ulong address, ReadOnlySpan<byte> bytes, int seen);

    /// <summary>The process.</summary>
    public int ProcessId { get; }

    /// <summary>Opens the memory of a process.</summary>
    /// <exception cref="LabException">The process is gone, or may not be looked into.</exception>
    public static ProcessMemory Open(int processId)
    {
        try
        {
            return new ProcessMemory(processId, File.OpenHandle($"/proc/{processId}/mem", FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new LabException($"The memory of process {processId} cannot be read: {failure.Message}", failure);
        }
    }

    /// <summary>
    /// Hands out all memory that can be read, mapping by mapping, in blocks of at most 1 MiB and <see cref="Overlap"/>. The process goes on meanwhile: what it
    /// moves from a place that is still to be read to one that was, is not seen.
    /// </summary>
    /// <exception cref="LabException">The process is gone.</exception>
    public MemoryCoverage Visit(Visitor visitor)
    {
        ulong total = 0;
        var mappings = 0;
        var unreadable = new List<UnreadableMemory>();
        foreach (var mapping in ProcessMap.Read(ProcessId))
        {
            // Reserved, never used: a managed heap reserves 256 GB.
            if (!mapping.IsReadable && mapping.ResidentBytes == 0) continue;
            // The kernel's own page at an address beyond a file's offsets; the same for all processes.
            if (mapping.Start > long.MaxValue) continue;
            var read = Visit(mapping, visitor);
            total += read;
            if (read > 0) mappings++;
            if (read < mapping.Length) unreadable.Add(new UnreadableMemory(mapping, mapping.Length - read, Reason(mapping)));
        }
        return new MemoryCoverage(total, mappings, WithoutVanished(unreadable));
    }

    /// <summary>Reads bytes at an address; how many could be read, 0 for none.</summary>
    public int Read(ulong address, Span<byte> destination)
    {
        try
        {
            return RandomAccess.Read(_memory, destination, (long)address);
        }
        catch (IOException)
        {
            // EIO: no such page, or one that the kernel does not give away.
            return 0;
        }
    }

    /// <summary>Closes it.</summary>
    public void Dispose() => _memory.Dispose();

    /// <summary>What could not be read without what came and went, as the stack of a thread that ended, or the window through which the runtime writes code.</summary>
    private List<UnreadableMemory> WithoutVanished(List<UnreadableMemory> unreadable)
    {
        if (unreadable.All(static part => part.Mapping.IsSecret || part.Mapping.IsOfKernel)) return unreadable;
        var present = ProcessMap.Read(ProcessId);
        Span<byte> one = stackalloc byte[1];
        var kept = new List<UnreadableMemory>();
        foreach (var part in unreadable)
            if (present.Any(mapping => mapping.Start == part.Mapping.Start && mapping.Length == part.Mapping.Length) && Read(part.Mapping.Start, one) == 0) kept.Add(part);
        return kept;
    }

    private static string Reason(ProcessMapping mapping) => mapping switch
    {
        { IsSecret: true } => "memfd_secret: the kernel gives it to nobody but the process itself",
        { IsOfKernel: true } => "the kernel's own clock data",
        { Path.Length: > 0 } => "the file has no such pages, or the device gives none away",
        _ => "the kernel gives no such pages away",
    };

    private ulong Visit(ProcessMapping mapping, Visitor visitor)
    {
        ulong total = 0;
        var seen = 0;
        for (var address = mapping.Start; address < mapping.End;)
        {
            var wanted = (int)Math.Min(BlockBytes, mapping.End - address);
            var count = Read(address, _buffer.AsSpan(Overlap, wanted));
            if (count == 0)
            {
                address += PageBytes;
                seen = 0;
                continue;
            }
            visitor(mapping, address - (ulong)seen, _buffer.AsSpan(Overlap - seen, seen + count), seen);
            total += (ulong)count;
            address += (ulong)count;
            var kept = Math.Min(Overlap, count);
            _buffer.AsSpan(Overlap + count - kept, kept).CopyTo(_buffer.AsSpan(Overlap - kept));
            seen = kept;
        }
        return total;
    }
}
