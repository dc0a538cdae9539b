using PfsVpn.Lab.Memory.Search;

namespace PfsVpn.Lab.Memory.Experiment;

/// <summary>Every secret of an experiment, and which of them the daemon may still hold.</summary>
internal sealed class SecretBook
{
    private const int SmallestChunk = 16 * 1024;
    private const int SlotBytes = 32;

    private readonly Dictionary<string, Secret> _secrets = new(StringComparer.Ordinal);
    private readonly HashSet<string> _live = new(StringComparer.Ordinal);

    /// <summary>Adds secrets that are alive.</summary>
    public void AddLive(params IEnumerable<Secret> secrets)
    {
        foreach (var secret in secrets)
        {
            Add(secret);
            _live.Add(KeyOf(secret));
        }
    }

    /// <summary>Adds secrets that must be gone; one that is known as alive stays so.</summary>
    public void AddDead(params IEnumerable<Secret> secrets)
    {
        foreach (var secret in secrets) Add(secret);
    }

    /// <summary>From now on these must be gone.</summary>
    public void End(params IEnumerable<Secret> secrets)
    {
        foreach (var secret in secrets)
        {
            Add(secret);
            _live.Remove(KeyOf(secret));
        }
    }

    /// <summary>From now on all must be gone.</summary>
    public void EndAll() => _live.Clear();

    /// <summary>Searches the memory of a process for all of them, and judges what is found.</summary>
    /// <exception cref="LabException">The process is gone.</exception>
    public PhaseResult Search(string phase, ProcessMemory memory)
    {
        var result = new MemorySearch(_secrets.Values).Search(memory);
        var slots = new HashSet<(string Secret, string Half)>();
        var findings = result.Hits.Select(hit => Judge(hit, slots)).ToList();
        var searched = _secrets.Values.CountBy(static secret => secret.Kind).ToDictionary();
        return new PhaseResult(phase, findings, searched, _live.Count, result.Coverage, result.Duration);
    }

    /// <summary>
    /// Whether a mapping looks like a chunk of the fallback arena from outside: anonymous, locked, not in a core, not in a forked child, and of a power of two from 16 KiB on.
    /// Blocks for texts and the working memory of the AEAD are locked too, but have other sizes.
    /// </summary>
    public static bool IsArena(ProcessMapping mapping) =>
        mapping.Path.Length == 0 && mapping.Has("lo") && mapping.Has("dd") && mapping.Has("dc") && mapping.Length >= SmallestChunk && ulong.IsPow2(mapping.Length);

    private static string KeyOf(Secret secret) => Convert.ToHexString(secret.Bytes);

    private void Add(Secret secret) => _secrets.TryAdd(KeyOf(secret), secret);

    private Finding Judge(MemoryHit hit, HashSet<(string Secret, string Half)> slots)
    {
        var live = _live.Contains(KeyOf(hit.Secret));
        if (!live) return new Finding(hit, true, "its life is over");
        if (hit.Secret.Kind == SecretKind.Plaintext) return new Finding(hit, false, "a packet that waits for a key");
        if (!IsArena(hit.Mapping)) return new Finding(hit, true, "alive, but outside the arena");
        if (hit.Form != SecretForm.Raw) return new Finding(hit, true, "alive, in the arena, but not as a key");
        if ((hit.Address - hit.Mapping.Start) % (SlotBytes / 2) != 0) return new Finding(hit, true, "alive, in the arena, but in no slot");
        return slots.Add((KeyOf(hit.Secret), hit.Detail))
            ? new Finding(hit, false, "alive, in its slot of the arena")
            : new Finding(hit, true, "alive, but a second copy in the arena");
    }
}
