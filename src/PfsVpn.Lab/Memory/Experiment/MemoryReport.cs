using System.Globalization;
using PfsVpn.Lab.Memory.Search;

namespace PfsVpn.Lab.Memory.Experiment;

/// <summary>What an experiment found, as text.</summary>
internal static class MemoryReport
{
    private const int PhaseWidth = 36;
    private const int MostPlaces = 40;

    /// <summary>Writes the table, phase by kind, and then every leak with its place. True where there is none.</summary>
    public static bool Write(TextWriter output, string title, IReadOnlyList<PhaseResult> phases)
    {
        output.WriteLine($"\n{title}");
        output.WriteLine("Hits that must not be, by kind of secret; `live' is how many of the keys that are alive were seen in the arena.");
        var kinds = phases.SelectMany(static phase => phase.Searched.Keys).Distinct().Order().ToList();
        output.WriteLine($"{"phase",-PhaseWidth}{string.Concat(kinds.Select(static kind => $"{Short(kind),10}"))}{"live",10}{"MB",6}{"s",6}");
        foreach (var phase in phases) WriteRow(output, phase, kinds);
        foreach (var phase in phases) WriteLeaks(output, phase);
        WriteUnreadable(output, phases[^1].Coverage);
        return !phases.Any(static phase => phase.Leaks.Any());
    }

    private static void WriteRow(TextWriter output, PhaseResult phase, IReadOnlyList<SecretKind> kinds)
    {
        var leaks = phase.Leaks.CountBy(static finding => finding.Hit.Secret.Kind).ToDictionary();
        var cells = kinds.Select(kind => $"{(phase.Searched.ContainsKey(kind) ? leaks.GetValueOrDefault(kind).ToString(CultureInfo.InvariantCulture) : "-"),10}");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{phase.Name,-PhaseWidth}{string.Concat(cells)}{$"{phase.LiveFound}/{phase.LiveSecrets}",10}{phase.Coverage.BytesRead >> 20,6}{phase.Duration.TotalSeconds,6:0.0}"));
    }

    private static void WriteLeaks(TextWriter output, PhaseResult phase)
    {
        var leaks = phase.Leaks.ToList();
        if (leaks.Count == 0) return;
        output.WriteLine($"\n{phase.Name}: {leaks.Count} that must not be");
        foreach (var (hit, _, reason, place) in leaks.Take(MostPlaces))
            output.WriteLine($"  {place}: {hit.Secret.Name}, {hit.Form} ({hit.Detail}): {reason}");
        if (leaks.Count > MostPlaces) output.WriteLine($"  and {leaks.Count - MostPlaces} more");
    }

    private static void WriteUnreadable(TextWriter output, MemoryCoverage coverage)
    {
        if (coverage.Unreadable.Count > 0) output.WriteLine("\nNot readable at the end:");
        foreach (var group in coverage.Unreadable.GroupBy(static part => (part.Mapping.Name, part.Reason)))
            output.WriteLine($"  {group.Key.Name}: {group.Sum(static part => (long)part.Bytes) >> 10} KB, {group.Key.Reason}");
    }

    private static string Short(SecretKind kind) => kind switch
    {
        SecretKind.SessionKey => "session",
        SecretKind.ChainingKey => "chaining",
        SecretKind.HandshakeKey => "k, t",
        SecretKind.TranscriptHash => "H",
        SecretKind.DiffieHellman => "DH",
        SecretKind.StaticStatic => "ss",
        SecretKind.PresharedKey => "psk",
        SecretKind.PrivateKey => "private",
        SecretKind.EphemeralPrivateKey => "ephemeral",
        SecretKind.PacketKey => "r, s",
        SecretKind.Cookie => "cookie",
        _ => "plaintext",
    };
}
