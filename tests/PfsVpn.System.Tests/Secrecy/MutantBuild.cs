using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Secrecy;

/// <summary>A build of PfsVpn.Core that can be each of the mutants, in a folder that goes with it, and the programs with it.</summary>
internal sealed class MutantBuild : IDisposable
{
    private static readonly string[] Programs = ["pfsvpnd", "pfsvpn"];

    private readonly string _folder = Directory.CreateTempSubdirectory("pfsvpn-mutants").FullName;

    /// <summary>The root of the source.</summary>
    public static string Source { get; } = Path.GetFullPath(Path.Combine(Harness.Programs.PeerScripts, "..", ".."));

    /// <summary>Builds them, all in one.</summary>
    public async Task BuildAsync(IReadOnlyList<Mutant> mutants)
    {
        foreach (var file in Directory.EnumerateFiles(Source).Where(static file => Path.GetExtension(file) is ".props" or ".config" || Path.GetFileName(file) == "global.json"))
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        var core = Path.Combine(_folder, "src", "PfsVpn.Core");
        Copy(Path.Combine(Source, "src", "PfsVpn.Core"), core);
        foreach (var mutant in mutants) mutant.Apply(_folder);
        await File.WriteAllTextAsync(Path.Combine(core, "Mutant.cs"), Mutant.Question);
        // To a file: the compiler's server outlives the build, and would hold a pipe open.
        var log = Path.Combine(_folder, "log.txt");
        const string build = "exec dotnet build \"$0\" -c Release -p:RunAnalyzers=false -p:GenerateDocumentationFile=false -p:TreatWarningsAsErrors=false -v:q -nologo -nodeReuse:false >\"$1\" 2>&1 </dev/null";
        var result = await Shell.TryRunAsync("sh", ["-c", build, core, log], bound: TimeSpan.FromMinutes(4));
        Assert.True(result.ExitCode == 0, $"the mutants do not build:\n{await File.ReadAllTextAsync(log)}");
        CopyPrograms(Path.Combine(core, "bin", "Release", "net10.0", "PfsVpn.Core.dll"));
    }

    /// <summary>A program of this build, with the mutants' Core beside it.</summary>
    public string Program(string name) => Path.Combine(_folder, "run", name);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void CopyPrograms(string library)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "run")).FullName;
        string[] patterns = [.. Programs, .. Programs.Select(static program => program + ".*"), "PfsVpn.*.dll", "Microsoft.Extensions.*.dll", "System.CommandLine.dll"];
        foreach (var file in patterns.SelectMany(static pattern => Directory.EnumerateFiles(AppContext.BaseDirectory, pattern)).Distinct(StringComparer.Ordinal))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        File.Copy(library, Path.Combine(folder, "PfsVpn.Core.dll"), overwrite: true);
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in Directory.EnumerateDirectories(from).Where(static folder => Path.GetFileName(folder) is not ("bin" or "obj"))) Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
    }
}
