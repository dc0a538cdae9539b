namespace PfsVpn.SystemTests.Secrecy;

/// <summary>One file of tests/mutants: an erase that is skipped, and where the memory search must notice.</summary>
internal sealed record Mutant(string Name, string Phase, string Kind, bool IsHosted, string File, IReadOnlyList<(string Old, string New)> Changes)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Mutant> ReadAll(string folder) => [.. Directory.EnumerateFiles(folder, "*.txt").Order(StringComparer.Ordinal).Select(Read)];

    /// <summary>Changes the copy of the source in a folder.</summary>
    public void Apply(string root)
    {
        var path = Path.Combine(root, File);
        var text = System.IO.File.ReadAllText(path);
        foreach (var (old, replacement) in Changes)
        {
            var at = text.IndexOf(old, StringComparison.Ordinal);
            Assert.True(at >= 0, $"mutant {Name} does not apply: {File} has no text\n{old}");
            Assert.True(text.IndexOf(old, at + 1, StringComparison.Ordinal) < 0, $"mutant {Name} does not apply: {File} has more than once\n{old}");
            text = text.Remove(at, old.Length).Insert(at, replacement);
        }
        System.IO.File.WriteAllText(path, text);
    }

    private static Mutant Read(string path)
    {
        var parts = System.IO.File.ReadAllText(path).Split("<<<<\n");
        var head = parts[0].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split(": ", 2)).ToDictionary(static line => line[0], static line => line[1], StringComparer.Ordinal);
        var changes = parts[1..].Select(static part => part[..part.IndexOf(">>>>", StringComparison.Ordinal)].Split("====\n"));
        return new Mutant(
            Path.GetFileNameWithoutExtension(path), head["phase"], head["kind"], head.ContainsKey("hosted"), head["file"], [.. changes.Select(static change => (change[0], change[1]))]);
    }
}
