using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using PfsVpn.Crypto;
using PfsVpn.Lab.Memory;

namespace PfsVpn.Lab.Seizure;

/// <summary>All of a memory, window by window, as session keys and as ephemeral private keys of what was recorded.</summary>
/// <remarks>
/// Sizes: a block of at most about 1 MiB at a time is copied; nothing else grows with the memory. Threading: one owner; each block is shared among all processors.
/// </remarks>
internal sealed unsafe class MemoryAttack : IDisposable
{
    private const int Granule = 16;
    private const int Overlap = 64;
    private const int PartBytes = 32 * 1024;

    private readonly IReadOnlyList<KeyProbe> _probes;
    private readonly IReadOnlySet<PublicKey> _ephemerals;
    private readonly ConcurrentDictionary<(string Key, string Place), FoundKey> _keys = new();
    private readonly ConcurrentDictionary<string, byte[]> _privateKeys = new(StringComparer.Ordinal);
    private byte* _copy;
    private int _capacity;
    private long _windows;
    private long _multiplied;

    /// <summary>Takes what keys are to be tried against.</summary>
    public MemoryAttack(IReadOnlyList<KeyProbe> probes, IReadOnlySet<PublicKey> ephemerals) => (_probes, _ephemerals) = (probes, ephemerals);

    /// <summary>The session keys found, each once for every place where it is.</summary>
    public IReadOnlyCollection<FoundKey> Keys => [.. _keys.Values];

    /// <summary>The ephemeral private keys found, each once.</summary>
    public IReadOnlyCollection<byte[]> PrivateKeys => [.. _privateKeys.Values];

    /// <summary>Windows that were tried as session keys.</summary>
    public long Windows => _windows;

    /// <summary>Windows that were tried as private keys.</summary>
    public long Multiplied => _multiplied;

    /// <summary>Tries all memory of a process, which should stand still.</summary>
    /// <exception cref="LabException">It cannot be read.</exception>
    public MemoryCoverage Try(int processId, string name)
    {
        using var memory = ProcessMemory.Open(processId);
        return memory.Visit((mapping, address, bytes, seen) => Try(bytes[Math.Max(0, Aligned(seen) - Overlap)..], $"{name}, {mapping.Name}", mapping.Permissions.Contains('w')));
    }

    /// <summary>Tries a piece of memory that begins at a multiple of 16.</summary>
    /// <param name="piece">The bytes.</param>
    /// <param name="place">Where they are said to be.</param>
    /// <param name="isWritable">Whether an ephemeral private key can be among them: it is not in what no program can write.</param>
    public void Try(ReadOnlySpan<byte> piece, string place, bool isWritable = true)
    {
        Reserve(piece.Length);
        var start = _copy + KeyWindows.Margin;
        piece.CopyTo(new Span<byte>(start, piece.Length));
        new Span<byte>(start + piece.Length, KeyWindows.Margin).Clear();
        var length = piece.Length;
        Parallel.For(0, (length + PartBytes - 1) / PartBytes, part => TryPart(start + (part * PartBytes), start + Math.Min((part + 1) * PartBytes, length), place, isWritable));
    }

    /// <summary>Wipes and frees the copy.</summary>
    public void Dispose()
    {
        if (_copy is null) return;
        SecretMemory.Zero(_copy, (nuint)_capacity);
        NativeMemory.AlignedFree(_copy);
        _copy = null;
    }

    private static int Aligned(int length) => length / Granule * Granule;

    private void TryPart(byte* start, byte* end, string place, bool isWritable)
    {
        Interlocked.Add(ref _windows, KeyWindows.Try(start, end, _probes, (_, key) => NoteKey(key, place)));
        if (!isWritable || _ephemerals.Count == 0) return;
        Interlocked.Add(ref _multiplied, EphemeralWindows.Try(start, end, _ephemerals, key => _privateKeys.TryAdd(Convert.ToHexString(key), key)));
    }

    private void NoteKey(byte* key, string place)
    {
        var bytes = new ReadOnlySpan<byte>(key, SecretKey.SizeInBytes).ToArray();
        _keys.TryAdd((Convert.ToHexString(bytes), place), new FoundKey(bytes, place));
    }

    private void Reserve(int length)
    {
        var needed = length + (2 * KeyWindows.Margin);
        if (needed <= _capacity) return;
        Dispose();
        _copy = (byte*)NativeMemory.AlignedAlloc((nuint)needed, KeyWindows.Margin);
        NativeMemory.Clear(_copy, (nuint)needed);
        _capacity = needed;
    }
}
