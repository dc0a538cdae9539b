namespace PfsVpn.Tests.Cli;

/// <summary>zbarimg, a reader of QR codes that is not ours.</summary>
internal static class Zbar
{
    /// <summary>The content of the one QR code in a picture.</summary>
    public static string Read(string picture)
    {
        var run = WgTool.Execute("zbarimg", ["--quiet", "--raw", "-S*.disable", "-Sqrcode.enable", "--oneshot", picture]);
        Assert.True(run.ExitCode == 0, $"zbarimg finds no code: {run.Error}");
        return run.Output;
    }
}
