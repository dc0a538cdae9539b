namespace PfsVpn.SystemTests.Secrecy;

/// <summary>One file of tests/mutants: an erase that is skipped, and where the memory search must notice.</summary>
internal sealed record Mutant(string Name, string Phase, string Kind, bool IsHosted, string File, string? When, string? After, IReadOnlyList<string> Skipped)
{
    /// <summary>The environment variable that names the mutant to be.</summary>
    public const string Variable = "PFSVPN_MUTANT";

    /// <summary>What the copy of the source asks for the name.</summary>
    public const string Question =
        $$"""
        namespace PfsVpn.Mutants;

        internal static class Mutant
        {
            private static readonly string? Name = System.Environment.GetEnvironmentVariable("{{Variable}}");

            public static bool Is(string name) => Name == name;
        }
        """;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Mutant> ReadAll(string folder) => [.. Directory.EnumerateFiles(folder, "*.txt").Order(StringComparer.Ordinal).Select(Read)];

    /// <summary>Puts the statements in the copy of the source behind the question. They stay as they are, so that other mutants may find them too.</summary>
    public void Apply(string root)
    {
        var path = Path.Combine(root, File);
        var text = System.IO.File.ReadAllText(path);
        var condition = $"!(global::PfsVpn.Mutants.Mutant.Is(\"{Name}\"){(When is null ? "" : $" && ({When})")})";
        foreach (var statements in Skipped)
        {
            var start = After is null ? 0 : Position(text, After, 0);
            var at = Position(text, statements, start);
            text = text.Remove(at, statements.Length).Insert(at, $"if ({condition}) {{\n{statements}}}\n");
        }
        System.IO.File.WriteAllText(path, text);
    }

    private static Mutant Read(string path)
    {
        var parts = System.IO.File.ReadAllText(path).Split("<<<<\n");
        var head = parts[0].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split(": ", 2)).ToDictionary(static line => line[0], static line => line[1], StringComparer.Ordinal);
        var skipped = parts[1..].Select(static part => part[..part.IndexOf(">>>>", StringComparison.Ordinal)]);
        return new Mutant(
            Path.GetFileNameWithoutExtension(path), head["phase"], head["kind"], head.ContainsKey("hosted"), head["file"],
            head.GetValueOrDefault("when"), head.GetValueOrDefault("after"), [.. skipped]);
    }

    /// <summary>Where a text is: without <see cref="After"/>, the only such place.</summary>
    private int Position(string text, string wanted, int start)
    {
        var at = text.IndexOf(wanted, start, StringComparison.Ordinal);
        Assert.True(at >= 0, $"mutant {Name} does not apply: {File} has no text\n{wanted}");
        Assert.True(start > 0 || text.IndexOf(wanted, at + 1, StringComparison.Ordinal) < 0, $"mutant {Name} does not apply: {File} has more than once\n{wanted}");
        return at;
    }
}
