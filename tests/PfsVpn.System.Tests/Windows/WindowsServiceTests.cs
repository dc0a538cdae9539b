using System.Diagnostics;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Windows;

/// <summary>`pfsvpn.exe service`: a tunnel that starts with the machine, and its file that only the system can read.</summary>
public sealed class WindowsServiceTests(ITestOutputHelper output)
{
    private const string Configurations = @"C:\ProgramData\PfsVpn\Configurations";

    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(30);

    [WindowsFact]
    public async Task A_service_is_installed_runs_stops_and_is_removed_and_seals_its_file()
    {
        await using var network = new TestNetwork(output);
        var bed = await UpBed.CreateAsync(network);
        var (plain, sealedFile) = (bed.Machine.FileOf($@"{Configurations}\{bed.Tunnel}.conf"), bed.Machine.FileOf($@"{Configurations}\{bed.Tunnel}.conf.dpapi"));
        var service = "PfsVpnTunnel$" + bed.Tunnel;

        // A folder that somebody has made by hand is open to all.
        Directory.CreateDirectory(Path.GetDirectoryName(plain)!);
        File.SetUnixFileMode(Path.GetDirectoryName(plain)!, (UnixFileMode)0x1FF);
        var file = await bed.WriteAsync();
        await bed.PfsvpnAsync("service", "install", file);
        Assert.True(File.Exists(plain), $"{plain} is not there");
        // All of an access list that Wine keeps of a folder.
        Assert.False(File.GetUnixFileMode(Path.GetDirectoryName(plain)!).HasFlag(UnixFileMode.OtherWrite));
        Assert.Contains($"{service}: starts with the machine, not started yet, ", await bed.PfsvpnAsync("service", "status"), StringComparison.Ordinal);
        Assert.Contains("is installed already", (await bed.TryPfsvpnAsync("service", "install", bed.Tunnel)).Error, StringComparison.Ordinal);

        // Started, stopped and started as a person does, by the system's own program.
        await NetAsync(bed, "start", service);
        await bed.PingAsync("10.77.0.2", "fd77::2");
        Assert.False(File.Exists(plain), $"{plain} is still there");
        Assert.DoesNotContain("PrivateKey", await File.ReadAllTextAsync(sealedFile), StringComparison.Ordinal);
        Assert.Contains("is installed already", (await bed.TryPfsvpnAsync("service", "install", file)).Error, StringComparison.Ordinal);
        await bed.ServiceIsAsync("runs as process ");
        var watch = Stopwatch.StartNew();
        await NetAsync(bed, "stop", service);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, LongestStop);
        await bed.IsDownAsync();
        await NetAsync(bed, "start", service);
        await bed.PingAsync("10.77.0.2");

        // It runs: remove stops it first.
        await bed.PfsvpnAsync("service", "remove", bed.Tunnel);
        await bed.IsDownAsync();
        Assert.True(File.Exists(sealedFile), "the tunnel's file is gone");
        Assert.Equal("no tunnel is installed as a service\n", await bed.PfsvpnAsync("service", "status"));

        // The name is part of the seal.
        File.Move(sealedFile, bed.Machine.FileOf($@"{Configurations}\other.conf.dpapi"));
        var renamed = await bed.TryPfsvpnAsync("up", "other");
        Assert.Equal(1, renamed.ExitCode);
        Assert.Contains("other.conf.dpapi cannot be opened", renamed.Error, StringComparison.Ordinal);
    }

    [WindowsFact]
    public async Task A_service_saves_the_state_of_its_tunnel_into_the_sealed_file()
    {
        await using var network = new TestNetwork(output);
        var bed = await UpBed.CreateAsync(network);
        var sealedFile = bed.Machine.FileOf($@"{Configurations}\{bed.Tunnel}.conf.dpapi");
        var service = "PfsVpnTunnel$" + bed.Tunnel;
        await bed.PfsvpnAsync("service", "install", "--now", await bed.WriteAsync(more: "SaveConfig = true"));
        var before = await File.ReadAllBytesAsync(sealedFile);

        await bed.PfsvpnAsync("set", bed.Tunnel, "peer", bed.Right.PublicKey, "persistent-keepalive", "21");
        await NetAsync(bed, "stop", service);
        await bed.IsDownAsync();
        Assert.NotEqual(before, await File.ReadAllBytesAsync(sealedFile));
        Assert.DoesNotContain("PrivateKey", await File.ReadAllTextAsync(sealedFile), StringComparison.Ordinal);

        await NetAsync(bed, "start", service);
        await bed.PingAsync("10.77.0.2");
        Assert.Equal($"{bed.Right.PublicKey}\t21\n", await bed.PfsvpnAsync("show", bed.Tunnel, "persistent-keepalive"));
        Assert.DoesNotContain("ERROR", await File.ReadAllTextAsync(bed.ServiceLog), StringComparison.Ordinal);
    }

    [WindowsFact]
    public async Task A_daemon_that_dies_ends_the_service_with_an_error_and_nothing_is_left()
    {
        await using var network = new TestNetwork(output);
        var bed = await UpBed.CreateAsync(network);
        await bed.PfsvpnAsync("service", "install", "--now", await bed.WriteAsync());
        await bed.PingAsync("10.77.0.2");

        await bed.Machine.TryRunAsync("taskkill", ["/f", "/im", "pfsvpnd.exe"]);
        await bed.IsDownAsync();
        await bed.ServiceIsAsync("stopped with an error");
        Assert.Contains("the daemon has ended", await File.ReadAllTextAsync(bed.ServiceLog), StringComparison.Ordinal);
    }

    [WindowsFact]
    public async Task A_folder_of_programs_that_everybody_can_write_is_warned_of()
    {
        await using var network = new TestNetwork(output);
        var bed = await UpBed.CreateAsync(network);
        var folder = WindowsPrograms.CopyTo(TestRun.FilePath("programs"), "pfsvpn.exe", "libsodium.dll");
        File.SetUnixFileMode(folder, (UnixFileMode)0x1FF);
        var installed = await bed.Machine.TryRunAsync(Path.Combine(folder, "pfsvpn.exe"), ["service", "install", await bed.WriteAsync()]);
        Assert.Equal(0, installed.ExitCode);
        Assert.Contains("Warning: everybody may write in " + WineMachine.PathOf(folder), installed.Error, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("everybody may write", (await bed.TryPfsvpnAsync("service", "install", bed.Tunnel)).Error, StringComparison.Ordinal);
    }

    private static async Task NetAsync(UpBed bed, string verb, string service) => Shell.Checked(await bed.Machine.TryRunAsync("net", [verb, service]));
}
