using System.Text.RegularExpressions;
using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Quick;

/// <summary>The corpus, once with the stock wg-quick, once with pfsvpn, and once with each taking down what the other took up; side by side in hosts that are equal.</summary>
public sealed partial class CorpusRun : IAsyncLifetime
{
    private static readonly string Folder = Path.Combine(TunnelBox.Scripts, "corpus");

    /// <summary>The names of the files, which are the interfaces'.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Directory.EnumerateFiles(Folder, "*.conf").Select(static path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    /// <summary>Those in which most is to be taken down, for the runs in which the tools change.</summary>
    public static IReadOnlyList<string> Shared { get; } = ["default-both", "default-mark", "dns-search", "save-all", "table-number"];

    /// <summary>Who takes up, and who takes down.</summary>
    public enum Run
    {
        Stock,
        Own,
        StockThenOwn,
        OwnThenStock,
    }

    private string Output { get; } = Directory.CreateDirectory(Path.Combine(TestRun.Folder, "corpus")).FullName;

    /// <summary>What a run wrote down about a file.</summary>
    /// <param name="run">The run.</param>
    /// <param name="name">The file.</param>
    /// <param name="part">up, down, stripped, file, left or log.</param>
    public string Read(Run run, string name, string part)
    {
        // Without what chance decides: the kernel's link-local addresses, and a port that nobody asked for.
        var text = LinkLocal().Replace(File.ReadAllText(Path.Combine(Output, $"{run}", $"{name}.{part}")), "fe80::chance");
        var asksForPort = File.ReadAllText(Path.Combine(Folder, name + ".conf")).Contains("ListenPort", StringComparison.Ordinal);
        return asksForPort ? text : Port().Replace(text, "ListenPort = chance");
    }

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        if (WgQuick.Missing is not null) return;
        await Task.WhenAll(RunAsync(Run.Stock, Names), RunAsync(Run.Own, Names));
        await Task.WhenAll(RunAsync(Run.StockThenOwn, Shared), RunAsync(Run.OwnThenStock, Shared));
    }

    /// <inheritdoc/>
    public Task DisposeAsync() => Task.CompletedTask;

    private async Task RunAsync(Run run, IReadOnlyList<string> names)
    {
        var output = Directory.CreateDirectory(Path.Combine(Output, $"{run}")).FullName;
        var (up, down) = run switch
        {
            Run.Stock => (WgQuick.Program, WgQuick.Program),
            Run.Own => (Programs.Cli, Programs.Cli),
            Run.StockThenOwn => (WgQuick.Program, Programs.Cli),
            _ => (Programs.Cli, WgQuick.Program),
        };
        await using var box = await TunnelBox.OpenAsync();
        // /run, where the test's own folder may be, is another one in the box; the folder of temporary files is the same.
        Shell.Checked(await box.TryRunAsync("bash", [Path.Combine(TunnelBox.Scripts, "corpus.sh"), up, down, Folder, output, .. names], WgQuick.Environment));
    }

    [GeneratedRegex("fe80::[0-9a-f:]*[0-9a-f]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex LinkLocal();

    [GeneratedRegex(@"ListenPort = \d+", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Port();
}
