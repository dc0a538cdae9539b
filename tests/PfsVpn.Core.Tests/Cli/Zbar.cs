namespace PfsVpn.Tests.Cli;

/// <summary>zbarimg, a reader of QR codes that is not ours.</summary>
internal static class Zbar
{
    /// <summary>Why tests with it are skipped here, or null. Under CI none is: they run, and fail.</summary>
    public static string? Unavailable { get; } =
        Environment.GetEnvironmentVariable("CI") is { Length: > 0 } || File.Exists("/usr/bin/zbarimg") ? null : "zbarimg (zbar-tools) is not installed";

    /// <summary>The content of the one QR code in a picture.</summary>
    public static string Read(string picture)
    {
        var run = WgTool.Execute("zbarimg", ["--quiet", "--raw", "-S*.disable", "-Sqrcode.enable", "--oneshot", picture]);
        Assert.True(run.ExitCode == 0, $"zbarimg finds no code: {run.Error}");
        return run.Output;
    }
}

/// <summary>A test that reads codes.</summary>
internal sealed class ZbarFactAttribute : FactAttribute
{
    public ZbarFactAttribute() => Skip = Zbar.Unavailable;
}

/// <summary>A theory that reads codes.</summary>
internal sealed class ZbarTheoryAttribute : TheoryAttribute
{
    public ZbarTheoryAttribute() => Skip = Zbar.Unavailable;
}
