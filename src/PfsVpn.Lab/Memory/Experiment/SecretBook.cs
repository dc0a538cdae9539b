using PfsVpn.Lab.Memory.Peer;
using PfsVpn.Lab.Memory.Search;

namespace PfsVpn.Lab.Memory.Experiment;

/// <summary>Every secret of an experiment, and which of them the daemon may still hold.</summary>
internal sealed class SecretBook
{
    private const int SmallestChunk = 16 * 1024;
    private const int SlotBytes = 32;

    private readonly Dictionary<string, Secret> _secrets = new(StringComparer.Ordinal);
    private readonly HashSet<string> _live = new(StringComparer.Ordinal);

    /// <summary>
    /// Whether packets are under way: then their text is somewhere, and their one-time keys may be in the locked working memory of a thread.
    /// </summary>
    public bool IsBusy { get; set; }

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

    /// <summary>Adds what there is of sessions. Of one that lives its two keys may be there, everything else of it may not; of one that ended nothing.</summary>
    public void Enter(IEnumerable<LabSession> sessions, IReadOnlyCollection<LabSession> ended)
    {
        foreach (var session in sessions)
        {
            AddDead(session.HandshakeSecrets);
            AddDead(session.PacketKeys);
            if (ended.Contains(session)) End(session.SessionKeys);
            else AddLive(session.SessionKeys);
        }
    }

    /// <summary>From now on all must be gone.</summary>
    public void EndAll() => _live.Clear();

    /// <summary>Searches the memory of a process for all of them, and judges what is found.</summary>
    /// <exception cref="LabException">The process is gone.</exception>
    public PhaseResult Search(string phase, ProcessMemory memory)
    {
        var result = new MemorySearch(_secrets.Values).Search(memory);
        var stacks = new ThreadStacks(memory.ProcessId);
        var slots = new HashSet<(string Secret, string Half)>();
        var findings = result.Hits.Select(hit => Judge(hit, slots, stacks)).ToList();
        var searched = _secrets.Values.CountBy(static secret => secret.Kind).ToDictionary();
        return new PhaseResult(phase, findings, searched, _live.Count, result.Coverage, result.Duration);
    }

    /// <summary>Searches a core file; every hit is judged as one outside the arena.</summary>
    /// <exception cref="LabException">It cannot be read.</exception>
    public PhaseResult SearchFile(string phase, string path, TimeSpan duration)
    {
        try
        {
            var findings = new MemorySearch(_secrets.Values).SearchFile(path).Select(static hit => new Finding(hit, true, "in the core", $"{hit.Address:x} of {hit.Mapping.Path}")).ToList();
            var coverage = new MemoryCoverage((ulong)new FileInfo(path).Length, 1, []);
            return new PhaseResult(phase, findings, _secrets.Values.CountBy(static secret => secret.Kind).ToDictionary(), _live.Count, coverage, duration);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new LabException($"{path} cannot be read: {failure.Message}", failure);
        }
    }

    /// <summary>
    /// Whether a mapping looks like a chunk of the fallback arena from outside: anonymous, locked, not in a core, not in a forked child, and of a power of two from 16 KiB on.
    /// Blocks for texts and the working memory of the AEAD are locked too, but have other sizes.
    /// </summary>
    public static bool IsArena(ProcessMapping mapping) => IsLocked(mapping) && mapping.Length >= SmallestChunk && ulong.IsPow2(mapping.Length);

    private static bool IsLocked(ProcessMapping mapping) => mapping.Path.Length == 0 && mapping.Has("lo") && mapping.Has("dd") && mapping.Has("dc");

    private static string KeyOf(Secret secret) => Convert.ToHexString(secret.Bytes);

    private void Add(Secret secret) => _secrets.TryAdd(KeyOf(secret), secret);

    private static string PlaceOf(MemoryHit hit, ThreadStacks stacks) =>
        $"{hit.Address:x12} {(IsArena(hit.Mapping) ? "[arena]" : hit.Mapping.Name)} {hit.Mapping.Permissions} +0x{hit.Address - hit.Mapping.Start:x} of 0x{hit.Mapping.Length:x}"
        + (stacks.Describe(hit.Mapping, hit.Address) is { } stack ? $" ({stack})" : "");

    private Finding Judge(MemoryHit hit, HashSet<(string Secret, string Half)> slots, ThreadStacks stacks)
    {
        var (isLeak, reason) = Judge(hit, slots);
        return new Finding(hit, isLeak, reason, PlaceOf(hit, stacks));
    }

    private (bool IsLeak, string Reason) Judge(MemoryHit hit, HashSet<(string Secret, string Half)> slots)
    {
        if (IsBusy && hit.Secret.Kind == SecretKind.Plaintext) return (false, "a packet under way");
        if (IsBusy && hit.Secret.Kind == SecretKind.PacketKey && IsLocked(hit.Mapping)) return (false, "a packet under way, in locked memory");
        if (!_live.Contains(KeyOf(hit.Secret))) return (true, "its life is over");
        if (hit.Secret.Kind == SecretKind.Plaintext) return (false, "a packet that waits for a key");
        if (!IsArena(hit.Mapping)) return (true, "alive, but outside the arena");
        if (hit.Form != SecretForm.Raw) return (true, "alive, in locked memory, but not as a key");
        if ((hit.Address - hit.Mapping.Start) % (SlotBytes / 2) != 0) return (true, "alive, in the arena, but in no slot");
        return slots.Add((KeyOf(hit.Secret), hit.Detail)) ? (false, "alive, in its slot of the arena") : (true, "alive, but a second copy in the arena");
    }
}
