using PfsVpn.Cli;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Cli.Windows;

namespace PfsVpn.Tests.Cli.Windows.Network;

/// <summary>Commands of files on Windows: only where an administrator has allowed them.</summary>
public sealed class WindowsHooksTests
{
    private static readonly string File =
        $"[Interface]\nAddress = 10.7.0.2/32\nMTU = 1400\nPreUp = one %i\nPostUp = two\nPreDown = three\nPostDown = four %i%i\n#! OnConnect = five\n{WindowsWorld.Peer}AllowedIPs = 10.0.0.0/8\n#! OnConnect = five\n#! OnDisconnect = six\n";

    [Fact]
    public void Without_leave_none_runs_and_each_is_said_once()
    {
        using var world = new WindowsWorld();
        world.Up(File);
        world.Down(File);
        Assert.Equal(["daemon starts", "daemon ends"], world.Events);
        foreach (var line in (string[])["PreUp is not run: one %i", "PostUp is not run: two", "PreDown is not run: three", "PostDown is not run: four %i%i", "OnConnect is not run: five", "OnDisconnect is not run: six", "reg add HKLM\\Software\\PfsVpn /v DangerousScriptExecution /t REG_DWORD /d 1"])
            Assert.Equal(2, world.Said.Split(line).Length);
    }

    [Fact]
    public void A_file_without_commands_has_nothing_to_say()
    {
        using var world = new WindowsWorld();
        world.Up($"[Interface]\nAddress = 10.7.0.2/32\n{WindowsWorld.Peer}AllowedIPs = 10.0.0.0/8\n");
        Assert.DoesNotContain("Warning", world.Said, StringComparison.Ordinal);
    }

    [Fact]
    public void With_leave_they_run_in_their_places_with_the_name_in_place_of_percent_i()
    {
        using var world = new WindowsWorld { AllowsScripts = true };
        world.Up(File);
        world.Down(File);
        Assert.Equal(["one wg0 wg0 1400", "daemon starts", "two wg0 1400", "three wg0 1400", "daemon ends", "four wg0wg0 wg0 1400"], world.Events);
        Assert.Contains("[#] four wg0wg0\n    said\n", world.Said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("one wg0", "one wg0 wg0 1400|four wg0wg0 wg0 1400")]
    [InlineData("two", "one wg0 wg0 1400|daemon starts|two wg0 1400|three wg0 1400|daemon ends|four wg0wg0 wg0 1400")]
    public void Where_one_fails_all_is_taken_back_with_the_down_commands_of_those_that_began(string failing, string expected)
    {
        using var world = new WindowsWorld { AllowsScripts = true, FailingScript = failing };
        var before = world.Network.Snapshot();
        var failure = Assert.Throws<CliException>(() => world.Up(File));
        Assert.Contains($"`{failing}': exit code 3\nEverything has been taken back.", failure.Message, StringComparison.Ordinal);
        // The daemon's end is asked for also where it has not begun.
        Assert.Equal(expected.Split('|'), world.Events);
        Assert.Equal(before, world.Network.Snapshot());
    }

    [Fact]
    public void On_another_system_there_is_no_leave() => Assert.False(ScriptPermission.IsGiven());

    [Fact]
    public void The_command_goes_to_cmd_as_it_is_written_in_the_system_s_folder()
    {
        var start = UserShell.Describe("echo \"a b\" & exit 3", isWindows: true, @"C:\Windows\System32");
        Assert.Equal("/D /S /C \"echo \"a b\" & exit 3\"", start.Arguments);
        Assert.Equal(@"C:\Windows\System32\cmd.exe", start.FileName);
    }

    [Fact]
    public void It_has_no_console_and_what_it_writes_is_handed_on()
    {
        var said = new List<string>();
        var variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["INTERFACE"] = "wg0" };
        var start = ScriptProcess.Describe("x", variables);
        Assert.True(start.CreateNoWindow && start.RedirectStandardInput && start.RedirectStandardOutput && start.RedirectStandardError);
        // The shell of this system.
        Assert.Equal(3, ScriptProcess.Run("echo $INTERFACE; echo two >&2; exit 3", variables, said.Add, CancellationToken.None));
        Assert.Equal(["    two", "    wg0"], said.Order(StringComparer.Ordinal));
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        Assert.NotEqual(0, ScriptProcess.Run("sleep 30 & wait", variables, said.Add, soon.Token));
    }
}
