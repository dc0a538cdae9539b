using System.Globalization;
using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Quick;

/// <summary>
/// A file with everything in it is taken up again and again, and each time one more of the programs that it takes fails, which wrappers in PATH do: the host is afterwards as it was before.
/// </summary>
public sealed class FailingStepTests
{
    /// <summary>Programs that change something when this file is taken up; fewer would mean that points were left out.</summary>
    private const int FewestPoints = 19;

    [QuickTheory]
    [InlineData("before", 1)]
    [InlineData("after", 2, "resolvconf")]
    [InlineData("signal", 4)]
    [InlineData("before", 5, "resolvconf", "nft")]
    public async Task A_step_that_fails_takes_back_all_before_it(string mode, int stride, params string[] without)
    {
        var output = Directory.CreateDirectory(TestRun.FilePath(mode)).FullName;
        await using var box = await TunnelBox.OpenAsync();
        var script = Path.Combine(TunnelBox.Scripts, "inject.sh");
        var file = Path.Combine(TunnelBox.Scripts, "full.conf");
        Shell.Checked(await box.TryRunAsync("bash", [script, Programs.Cli, file, mode, stride.ToString(CultureInfo.InvariantCulture), output, .. without], WgQuick.Environment));

        var points = int.Parse(await File.ReadAllTextAsync(Path.Combine(output, "count")), CultureInfo.InvariantCulture);
        Assert.True(points >= FewestPoints, $"there were {points} points");
        var before = await File.ReadAllTextAsync(Path.Combine(output, "before"));
        for (var point = 1; point <= points; point += stride)
        {
            var log = await File.ReadAllTextAsync(Path.Combine(output, string.Create(CultureInfo.InvariantCulture, $"{point}.log")));
            var after = await File.ReadAllTextAsync(Path.Combine(output, string.Create(CultureInfo.InvariantCulture, $"{point}.after")));
            Assert.True(before == after, $"{mode}, point {point}, is not taken back:\n{CorpusTests.Difference(before, after)}\n{log}");
            Assert.Matches(@"full: step \d+ of \d+ failed, .+: .+\nEverything has been taken back.\nexit code 1\n", log);
            // Where a hook runs the program, the signal meets the hook's shell.
            Assert.Matches(mode == "signal" ? "interrupted by SIGTERM|exit code 143" : "this fails", log);
        }
    }
}
