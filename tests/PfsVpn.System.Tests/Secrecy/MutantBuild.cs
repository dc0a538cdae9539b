using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Secrecy;

/// <summary>Builds of PfsVpn.Core with one change each, in a folder that goes with it; and programs that run with them.</summary>
internal sealed class MutantBuild : IDisposable
{
    private static readonly string[] Programs = ["pfsvpnd", "pfsvpn"];

    private readonly string _folder = Directory.CreateTempSubdirectory("pfsvpn-mutants").FullName;

    /// <summary>The root of the source.</summary>
    public static string Source { get; } = Path.GetFullPath(Path.Combine(Harness.Programs.PeerScripts, "..", ".."));

    /// <summary>Builds all of them at once: one start of the build program, and the compiler side by side.</summary>
    public async Task BuildAsync(IReadOnlyList<Mutant> mutants)
    {
        foreach (var file in Directory.EnumerateFiles(Source).Where(static file => Path.GetExtension(file) is ".props" or ".config" || Path.GetFileName(file) == "global.json"))
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        foreach (var mutant in mutants)
        {
            Copy(Path.Combine(Source, "src", "PfsVpn.Core"), Path.Combine(_folder, mutant.Name, "src", "PfsVpn.Core"));
            mutant.Apply(Path.Combine(_folder, mutant.Name));
        }
        var project = Path.Combine(_folder, "all.proj");
        await File.WriteAllTextAsync(project,
            """
            <Project>
              <ItemGroup><One Include="*/src/PfsVpn.Core/PfsVpn.Core.csproj" /></ItemGroup>
              <PropertyGroup><Common>Configuration=Release;RunAnalyzers=false;GenerateDocumentationFile=false;TreatWarningsAsErrors=false;DebugType=none</Common></PropertyGroup>
              <Target Name="Build">
                <MSBuild Projects="@(One)" Targets="Restore" Properties="$(Common);Stage=restore" BuildInParallel="true" />
                <MSBuild Projects="@(One)" Targets="Build" Properties="$(Common);NoWarn=1591" BuildInParallel="true" />
              </Target>
            </Project>
            """);
        var result = await Shell.TryRunAsync("dotnet", ["build", project, "-m", "-v:q", "-nologo"], bound: TimeSpan.FromMinutes(5));
        Assert.True(result.ExitCode == 0, $"the mutants do not build:\n{result.Output}{result.Error}");
    }

    /// <summary>The program of this build, with a mutant of Core beside it.</summary>
    public string Program(string name, Mutant mutant)
    {
        var folder = Path.Combine(_folder, mutant.Name, "run");
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            string[] patterns = [.. Programs.Select(static program => program), .. Programs.Select(static program => program + ".*"), "PfsVpn.*.dll", "Microsoft.Extensions.*.dll", "System.CommandLine.dll"];
            foreach (var file in patterns.SelectMany(static pattern => Directory.EnumerateFiles(AppContext.BaseDirectory, pattern)).Distinct(StringComparer.Ordinal))
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            File.Copy(Path.Combine(_folder, mutant.Name, "src", "PfsVpn.Core", "bin", "Release", "net10.0", "PfsVpn.Core.dll"), Path.Combine(folder, "PfsVpn.Core.dll"), overwrite: true);
        }
        return Path.Combine(folder, name);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in Directory.EnumerateDirectories(from).Where(static folder => Path.GetFileName(folder) is not ("bin" or "obj"))) Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
    }
}
