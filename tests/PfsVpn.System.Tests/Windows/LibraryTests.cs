using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Windows;

/// <summary>libsodium.dll and wintun.dll are loaded from the program's folder, and only when they are the right ones.</summary>
public sealed class LibraryTests(WindowsDesk desk) : IClassFixture<WindowsDesk>
{
    private static readonly string Key = WireGuardKey.Random() + "\n";

    [WindowsFact]
    public async Task Without_libsodium_the_programs_say_what_is_missing_and_where()
    {
        var folder = WindowsPrograms.CopyTo(TestRun.FilePath("programs"), "pfsvpn.exe", "pfsvpnd.exe", "wintun.dll");
        foreach (var result in new[] { await RunAsync(folder, "pfsvpn.exe", "pubkey"), await RunAsync(folder, "pfsvpnd.exe", "wgl") })
        {
            Assert.Equal(1, result.ExitCode);
            Assert.Contains("libsodium.dll is missing", result.Error, StringComparison.Ordinal);
            Assert.Contains(WineMachine.PathOf(folder), result.Error, StringComparison.OrdinalIgnoreCase);
            DemandOneLine(result);
        }
    }

    [WindowsFact]
    public async Task Another_libsodium_is_not_loaded()
    {
        var folder = WindowsPrograms.CopyTo(TestRun.FilePath("programs"), "pfsvpn.exe", "pfsvpnd.exe", "libsodium.dll", "wintun.dll");
        // A byte behind the end of the image changes nothing but the sum.
        await File.AppendAllTextAsync(Path.Combine(folder, "libsodium.dll"), "x");
        foreach (var result in new[] { await RunAsync(folder, "pfsvpn.exe", "pubkey"), await RunAsync(folder, "pfsvpnd.exe", "wgl") })
        {
            Assert.Equal(1, result.ExitCode);
            Assert.Contains("libsodium.dll", result.Error, StringComparison.Ordinal);
            Assert.Contains("SHA-256", result.Error, StringComparison.Ordinal);
            DemandOneLine(result);
        }
    }

    [WindowsFact]
    public async Task Without_wintun_the_daemon_says_where_it_comes_from()
    {
        var result = await RunAsync(WindowsPrograms.CopyTo(TestRun.FilePath("programs"), "pfsvpnd.exe", "libsodium.dll"), "pfsvpnd.exe", "wgl");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("wintun.dll", result.Error, StringComparison.Ordinal);
        Assert.Contains("wintun.net", result.Error, StringComparison.Ordinal);
        DemandOneLine(result);
    }

    [WindowsFact]
    public async Task Another_wintun_is_not_loaded()
    {
        var folder = WindowsPrograms.CopyTo(TestRun.FilePath("programs"), "pfsvpnd.exe", "libsodium.dll", "wintun.dll");
        await File.AppendAllTextAsync(Path.Combine(folder, "wintun.dll"), "x");
        var result = await RunAsync(folder, "pfsvpnd.exe", "wgl");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("wintun.dll", result.Error, StringComparison.Ordinal);
        Assert.Contains("SHA-256", result.Error, StringComparison.Ordinal);
        DemandOneLine(result);
    }

    [WindowsFact]
    public async Task The_shipped_daemon_takes_no_wintun_without_a_signature()
    {
        var result = await RunAsync(Path.Combine(WindowsPrograms.Folder, "shipped"), "pfsvpnd.exe", "wgl");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("wintun.dll is not loaded: it is not signed", result.Error, StringComparison.Ordinal);
        DemandOneLine(result);
    }

    private static void DemandOneLine(ShellResult result) => Assert.True(result.Error.TrimEnd('\n').Split('\n').Length == 1, result.ToString());

    private async Task<ShellResult> RunAsync(string folder, string program, params string[] arguments) =>
        await (await desk.HostAsync()).Machine.TryRunAsync(Path.Combine(folder, program), arguments, input: Key);
}
