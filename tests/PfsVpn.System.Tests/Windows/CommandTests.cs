using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Windows;

/// <summary>pfsvpn.exe where no tunnel is: keys, help, errors and exit codes.</summary>
public sealed class CommandTests(WindowsDesk desk) : IClassFixture<WindowsDesk>
{
    [WindowsFact]
    public async Task Keys_are_those_of_wg()
    {
        var key = await desk.PfsvpnAsync("genkey");
        var publicKey = Shell.Checked(await desk.TryPfsvpnAsync(key, "pubkey")).Output;

        Assert.Equal(await WireGuardKey.PublicAsync(key.Trim()) + "\n", publicKey);
        Assert.Equal(32, Convert.FromBase64String((await desk.PfsvpnAsync("genpsk")).Trim()).Length);
        Assert.NotEqual(key, await desk.PfsvpnAsync("genkey"));
    }

    [WindowsTheory]
    [InlineData("abc\n")]
    [InlineData("")]
    public async Task What_is_no_key_is_refused(string text)
    {
        var result = await desk.TryPfsvpnAsync(text, "pubkey");

        Assert.Equal(1, result.ExitCode);
        Assert.Empty(result.Output);
        Assert.NotEmpty(result.Error);
    }

    [WindowsFact]
    public async Task Both_programs_say_their_version_and_help_as_on_linux()
    {
        var machine = (await desk.HostAsync()).Machine;
        foreach (var (windows, linux) in new[] { ("pfsvpn.exe", Programs.Cli), ("pfsvpnd.exe", Programs.Daemon) })
        {
            var version = Shell.Checked(await machine.TryRunAsync(Path.Combine(WindowsPrograms.Folder, windows), ["--version"])).Output;
            Assert.Equal(FirstLine(await Shell.RunAsync(linux, "--version")), FirstLine(version));
            var help = Shell.Checked(await machine.TryRunAsync(Path.Combine(WindowsPrograms.Folder, windows), ["--help"])).Output;
            Assert.StartsWith("Usage: " + Path.GetFileName(linux) + " ", help, StringComparison.Ordinal);
        }
    }

    [WindowsFact]
    public async Task A_wrong_line_is_named_with_file_line_and_key()
    {
        var file = WindowsFile("[Interface]\nPrivateKey = abc\n");
        var result = await desk.TryPfsvpnAsync(null, "setconf", "nobody", file);

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith($"{file}:2: PrivateKey: ", result.Error, StringComparison.Ordinal);
    }

    [WindowsTheory]
    [InlineData("frob", "Invalid subcommand: `frob'")]
    [InlineData("show nobody", @"\\.\pipe\ProtectedPrefix\Administrators\WireGuard\nobody")]
    [InlineData("set nobody listen-port 1", @"\\.\pipe\ProtectedPrefix\Administrators\WireGuard\nobody")]
    [InlineData(@"setconf nobody Z:\no\file.conf", @"Z:\no\file.conf: No such file or directory")]
    [InlineData("up nobody", @"C:\ProgramData\PfsVpn\Configurations\nobody.conf")]
    [InlineData("metrics --listen unix:/metrics.sock", "Unable to listen on `unix:/metrics.sock': on Windows it is ADDRESS:PORT")]
    [InlineData("metrics --once nobody", "Unable to access interface nobody: No such file or directory")]
    public async Task What_cannot_be_done_is_said(string words, string expected)
    {
        var result = await desk.TryPfsvpnAsync(null, words.Split(' '));

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
    }

    [WindowsFact]
    public async Task A_server_and_a_client_are_made_and_the_clients_code_and_stripped_file_are_shown()
    {
        await desk.PfsvpnAsync("new", "server", "wgnew", "--endpoint", "192.0.2.1");
        await desk.PfsvpnAsync("new", "client", "wgnew", "phone");
        Assert.Contains("phone", await desk.PfsvpnAsync("new", "list", "wgnew"), StringComparison.Ordinal);
        var client = @"C:\ProgramData\PfsVpn\Configurations\wgnew-clients\phone.conf";
        var text = await File.ReadAllTextAsync((await desk.HostAsync()).Machine.FileOf(client));
        Assert.Contains("Endpoint = 192.0.2.1:51820", text, StringComparison.Ordinal);
        var stripped = await desk.PfsvpnAsync("strip", client);
        Assert.Contains("[Peer]", stripped, StringComparison.Ordinal);
        Assert.DoesNotContain("Address", stripped, StringComparison.Ordinal);
        Assert.Contains("█", await desk.PfsvpnAsync("qr", client), StringComparison.Ordinal);
    }

    [WindowsFact]
    public async Task Without_tunnels_show_shows_nothing() => Assert.Empty(await desk.PfsvpnAsync("show"));

    private static string FirstLine(string text) => text.Split('\n')[0];

    private static string WindowsFile(string text)
    {
        var file = TestRun.FilePath("tunnel.conf");
        File.WriteAllText(file, text);
        return WineMachine.PathOf(file);
    }
}
