namespace PfsVpn.Lab.Memory.Search;

/// <summary>Words that betray a secret where several different ones stand close together. Keeps where it last saw each.</summary>
/// <remarks>Addresses come in rising order, each once or, where blocks overlap, twice. Threading: one search.</remarks>
internal sealed class WordGroup
{
    /// <summary>How close together, in bytes.</summary>
    public const int Window = 1024;

    private readonly ulong[] _lastSeen;
    private ulong _nextReport;

    /// <param name="secret">The secret that the words come from.</param>
    /// <param name="form">Which form.</param>
    /// <param name="detail">Which words: the radix, the power.</param>
    /// <param name="words">The words, different ones.</param>
    /// <param name="width">Bytes of each: 4 or 8.</param>
    /// <param name="required">How many different ones make a hit.</param>
    public WordGroup(Secret secret, SecretForm form, string detail, IEnumerable<ulong> words, int width, int required)
    {
        (Secret, Form, Detail, Width, Required) = (secret, form, detail, width, required);
        // A word of few bits is everywhere, and betrays nothing: chance makes one about once in 2^16 words of a key, and the others remain.
        Words = [.. words.Distinct().Where(static word => word >= 1 << 16)];
        _lastSeen = new ulong[Words.Count];
    }

    /// <summary>The secret.</summary>
    public Secret Secret { get; }

    /// <summary>Which form.</summary>
    public SecretForm Form { get; }

    /// <summary>Which words.</summary>
    public string Detail { get; }

    /// <summary>The words.</summary>
    public IReadOnlyList<ulong> Words { get; }

    /// <summary>Bytes of each.</summary>
    public int Width { get; }

    /// <summary>How many make a hit.</summary>
    public int Required { get; }

    /// <summary>Notes a word; the address of the first word of a hit that is new, or 0.</summary>
    public ulong Note(int word, ulong address)
    {
        _lastSeen[word] = address;
        var near = 0;
        var first = address;
        foreach (var seen in _lastSeen)
        {
            if (seen == 0 || seen + Window <= address) continue;
            near++;
            first = Math.Min(first, seen);
        }
        if (near < Required || address < _nextReport) return 0;
        _nextReport = address + Window;
        return first;
    }

    /// <summary>Forgets everything, before another pass.</summary>
    public void Reset()
    {
        Array.Clear(_lastSeen);
        _nextReport = 0;
    }
}
