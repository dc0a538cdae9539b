using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace PfsVpn.Lab.Memory.Search;

/// <summary>Looks for many secrets in all their forms, in one pass over the memory of a process.</summary>
/// <remarks>
/// At every address the next eight bytes, and at every fourth the next four, are looked up in a filter of 2^20 bits; what passes is looked up exactly.
/// Addresses that are multiples of four are enough for words: compilers align what they spill. Threading: one owner.
/// </remarks>
internal sealed unsafe class MemorySearch
{
    private const int FilterBits = 20;

    private readonly ulong[] _byteFilter = new ulong[1 << (FilterBits - 6)];
    private readonly ulong[] _wordFilter = new ulong[1 << (FilterBits - 6)];
    private readonly Dictionary<ulong, List<ByteNeedle>> _needles = [];
    private readonly Dictionary<uint, List<(WordGroup Group, int Word)>> _words = [];
    private readonly List<WordGroup> _groups = [];
    private readonly List<MemoryHit> _hits = [];

    /// <summary>Prepares a search for <paramref name="secrets"/>.</summary>
    public MemorySearch(IEnumerable<Secret> secrets)
    {
        foreach (var secret in secrets)
        {
            foreach (var needle in SecretForms.Needles(secret)) Add(needle);
            foreach (var group in SecretForms.Groups(secret)) Add(group);
        }
    }

    /// <summary>Searches all memory of a process.</summary>
    /// <exception cref="LabException">The process is gone.</exception>
    public SearchResult Search(ProcessMemory memory)
    {
        var start = Stopwatch.GetTimestamp();
        Begin();
        var coverage = memory.Visit(SearchBlock);
        return new SearchResult(Hits(), coverage, Stopwatch.GetElapsedTime(start));
    }

    /// <summary>Searches a file, as a core, in blocks that overlap.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public IReadOnlyList<MemoryHit> SearchFile(string path)
    {
        const int blockBytes = 1024 * 1024;
        Begin();
        using var file = File.OpenHandle(path);
        var length = RandomAccess.GetLength(file);
        var mapping = new ProcessMapping(0, (ulong)length, "r--p", path, length, []);
        var buffer = new byte[blockBytes + ProcessMemory.Overlap];
        for (long at = 0; at < length; at += blockBytes)
        {
            var seen = (int)Math.Min(at, ProcessMemory.Overlap);
            var count = RandomAccess.Read(file, buffer.AsSpan(0, seen + blockBytes), at - seen);
            SearchBlock(mapping, (ulong)(at - seen), buffer.AsSpan(0, count), seen);
        }
        return Hits();
    }

    /// <summary>Forgets the hits of the pass before.</summary>
    public void Begin()
    {
        _hits.Clear();
        foreach (var group in _groups) group.Reset();
    }

    /// <summary>Searches one block; of its first <paramref name="seen"/> bytes, only for what reaches beyond them.</summary>
    /// <param name="mapping">Where it is.</param>
    /// <param name="address">The address of its first byte, a multiple of four; higher than that of the block before.</param>
    /// <param name="bytes">The block.</param>
    /// <param name="seen">How many bytes of it were in the block before.</param>
    public void SearchBlock(ProcessMapping mapping, ulong address, ReadOnlySpan<byte> bytes, int seen)
    {
        fixed (byte* block = bytes)
        fixed (ulong* byteFilter = _byteFilter, wordFilter = _wordFilter)
        {
            for (var at = 0; at < bytes.Length; at += 4)
            {
                if (at + 16 > bytes.Length)
                {
                    SearchEnd(mapping, address, bytes, at, seen);
                    return;
                }
                var low = Unsafe.ReadUnaligned<ulong>(block + at);
                var high = Unsafe.ReadUnaligned<uint>(block + at + 8);
                if ((low | high) == 0) continue;
                if (Passes(wordFilter, WordHash((uint)low))) NoteWord(mapping, address, bytes, at);
                if (Passes(byteFilter, ByteHash(low))) NoteBytes(mapping, address, bytes, at, seen);
                if (Passes(byteFilter, ByteHash((low >> 8) | ((ulong)high << 56)))) NoteBytes(mapping, address, bytes, at + 1, seen);
                if (Passes(byteFilter, ByteHash((low >> 16) | ((ulong)high << 48)))) NoteBytes(mapping, address, bytes, at + 2, seen);
                if (Passes(byteFilter, ByteHash((low >> 24) | ((ulong)high << 40)))) NoteBytes(mapping, address, bytes, at + 3, seen);
            }
        }
    }

    /// <summary>The hits of the pass. Words that lie within a raw hit of the same secret are not told again.</summary>
    public IReadOnlyList<MemoryHit> Hits()
    {
        var raw = _hits.Where(static hit => hit.Form == SecretForm.Raw).ToLookup(static hit => hit.Secret);
        return [.. _hits.Where(hit => hit.Form != SecretForm.Words || !raw[hit.Secret].Any(whole => IsCovered(hit, whole))).OrderBy(static hit => hit.Address)];
    }

    private static bool IsCovered(MemoryHit words, MemoryHit raw) => raw.Address <= words.Address + (ulong)words.Length && words.Address <= raw.Address + (ulong)raw.Length;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint ByteHash(ulong window) => (uint)((window * 0x9E3779B97F4A7C15) >> (64 - FilterBits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint WordHash(uint word) => (word * 0x9E3779B1) >> (32 - FilterBits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Passes(ulong* filter, uint hash) => ((filter[hash >> 6] >> (int)(hash & 63)) & 1) != 0;

    private static void Set(ulong[] filter, uint hash) => filter[hash >> 6] |= 1UL << (int)(hash & 63);

    private void Add(ByteNeedle needle)
    {
        var window = BitConverter.ToUInt64(needle.Bytes);
        Set(_byteFilter, ByteHash(window));
        if (!_needles.TryGetValue(window, out var same)) _needles[window] = same = [];
        same.Add(needle);
    }

    private void Add(WordGroup group)
    {
        _groups.Add(group);
        for (var i = 0; i < group.Words.Count; i++)
        {
            var word = (uint)group.Words[i];
            Set(_wordFilter, WordHash(word));
            if (!_words.TryGetValue(word, out var same)) _words[word] = same = [];
            same.Add((group, i));
        }
    }

    /// <summary>The last bytes of a block, where no whole window can be read at once.</summary>
    private void SearchEnd(ProcessMapping mapping, ulong address, ReadOnlySpan<byte> bytes, int at, int seen)
    {
        for (; at < bytes.Length; at++)
        {
            if (at % 4 == 0 && at + 4 <= bytes.Length) NoteWord(mapping, address, bytes, at);
            if (at + 8 <= bytes.Length) NoteBytes(mapping, address, bytes, at, seen);
        }
    }

    private void NoteBytes(ProcessMapping mapping, ulong address, ReadOnlySpan<byte> bytes, int at, int seen)
    {
        if (!_needles.TryGetValue(BitConverter.ToUInt64(bytes[at..]), out var needles)) return;
        foreach (var needle in needles)
        {
            // What lies wholly in the part that was seen was found then; what reaches beyond the end is found in the next block.
            if (at + needle.Bytes.Length <= seen || !bytes[at..].StartsWith(needle.Bytes)) continue;
            _hits.Add(new MemoryHit(needle.Secret, needle.Form, needle.Detail, mapping, address + (ulong)at, needle.Bytes.Length));
        }
    }

    private void NoteWord(ProcessMapping mapping, ulong address, ReadOnlySpan<byte> bytes, int at)
    {
        if (!_words.TryGetValue(BitConverter.ToUInt32(bytes[at..]), out var words)) return;
        foreach (var (group, word) in words)
        {
            if (group.Width == 8 && (at + 8 > bytes.Length || BitConverter.ToUInt64(bytes[at..]) != group.Words[word])) continue;
            var here = address + (ulong)at;
            var first = group.Note(word, here);
            if (first != 0) _hits.Add(new MemoryHit(group.Secret, group.Form, group.Detail, mapping, first, (int)(here - first) + group.Width));
        }
    }
}
