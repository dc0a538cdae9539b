using System.Text.RegularExpressions;

namespace PfsVpn.Tests.Architecture;

/// <summary>One source file under src, with comments and literals blanked out so that only code is searched.</summary>
internal sealed partial class SourceFile
{
    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;
    private const int NoLimit = -1; // the sources are our own

    private SourceFile(string path, string text)
    {
        Path = path;
        var parts = path.Split('/');
        Project = parts[1];
        Folder = parts.Length > 3 ? parts[2] : "";
        Lines = NotCode().Replace(text, static match => Blank(match.Value)).Split('\n');
        Namespace = Lines.Select(line => Declaration().Match(line)).FirstOrDefault(match => match.Success)?.Groups["name"].Value ?? "";
    }

    /// <summary>Path from the repository's root, with slashes.</summary>
    public string Path { get; }

    /// <summary>Name of the project's folder: PfsVpn.Core.</summary>
    public string Project { get; }

    /// <summary>Name of the first folder within the project, or nothing.</summary>
    public string Folder { get; }

    /// <summary>The declared namespace, or nothing (top-level statements).</summary>
    public string Namespace { get; }

    /// <summary>The code, line by line.</summary>
    public string[] Lines { get; }

    /// <summary>Names of the types that the file declares directly in its namespace.</summary>
    public IEnumerable<string> TopLevelTypes => Lines.Select(line => TopLevelType().Match(line)).Where(match => match.Success).Select(match => match.Groups["name"].Value);

    /// <summary>The repository's root.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Every file under src, without what the build makes.</summary>
    public static IReadOnlyList<SourceFile> All { get; } = Load();

    /// <summary>A file from text, for the tests of the test.</summary>
    public static SourceFile Parse(string path, string text) => new(path, text);

    /// <summary>Where a pattern occurs, as "path:line: text".</summary>
    public IEnumerable<string> Find(Regex pattern)
    {
        for (var i = 0; i < Lines.Length; i++)
        {
            if (pattern.IsMatch(Lines[i])) yield return $"{Path}:{i + 1}: {Lines[i].Trim()}";
        }
    }

    private static string FindRoot()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(System.IO.Path.Combine(root.FullName, "PfsVpn.sln"))) root = root.Parent;
        Assert.True(root is not null, "The sources are not there: no PfsVpn.sln above " + AppContext.BaseDirectory);
        return root.FullName;
    }

    private static SourceFile[] Load() =>
    [
        .. Directory.EnumerateFiles(System.IO.Path.Combine(Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Select(static file => (File: file, Path: System.IO.Path.GetRelativePath(Root, file).Replace('\\', '/')))
            .Where(static entry => !entry.Path.Contains("/obj/", StringComparison.Ordinal) && !entry.Path.Contains("/bin/", StringComparison.Ordinal))
            .OrderBy(static entry => entry.Path, StringComparer.Ordinal)
            .Select(static entry => new SourceFile(entry.Path, File.ReadAllText(entry.File))),
    ];

    private static string Blank(string text) => new([.. text.Select(character => character == '\n' ? '\n' : ' ')]);

    // Block and line comments, raw, verbatim and plain strings, characters. Code within interpolation holes is blanked too.
    [GeneratedRegex("""/\*.*?\*/|//[^\n]*|\"{3,}.*?\"{3,}|[$]*@[$]*"(?:[^"]|"")*"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'""", Options | RegexOptions.Singleline, NoLimit)]
    private static partial Regex NotCode();

    [GeneratedRegex(@"^namespace\s+(?<name>[\w.]+)", Options, NoLimit)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^(?:(?:public|internal|file|static|sealed|abstract|readonly|ref|unsafe|partial)\s+)*(?:class|struct|interface|enum|record(?:\s+(?:class|struct))?|delegate\s+\S+)\s+(?<name>\w+)", Options, NoLimit)]
    private static partial Regex TopLevelType();
}
