namespace PfsVpn.Tests.Cli;

/// <summary>The program as a process: descriptors, warnings, limits, and real sockets.</summary>
public sealed class ProcessTests
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "pfsvpn");
    private static readonly string Key = CannedDevices.Base64(100);

    /// <summary>The control directory of a process is always /var/run/wireguard: lay that of the test over it.</summary>
    private const string InNamespace = "mount --bind \"$0\" \"$(readlink -f /var/run)\" && ";

    [Fact]
    public void A_key_goes_through_a_pipe_to_its_public_key()
    {
        var run = Shell($"{Program} genkey | tee /dev/stderr | {Program} pubkey");
        Assert.Equal(0, run.ExitCode);
        using var stage = new CliStage();
        Assert.Equal(stage.CliWithInput(run.Error, "pubkey").Output, run.Output);
    }

    [Theory]
    [InlineData("022", true)]
    [InlineData("023", true)]
    [InlineData("026", false)]
    [InlineData("027", false)]
    [InlineData("077", false)]
    public void A_key_written_to_a_file_that_everyone_may_read_is_warned_of(string mask, bool warned)
    {
        var directory = Directory.CreateTempSubdirectory("pfsvpn-cli-").FullName;
        var expected = warned ? "Warning: writing to world accessible file.\nConsider setting the umask to 077 and trying again.\n" : "";
        foreach (var command in new[] { "genkey", "genpsk" })
        {
            Assert.Equal(new RunResult(0, "", expected), Shell($"umask {mask}; {Program} {command} > {directory}/{command}"));
            if (WgTool.Unavailable is null) Assert.Equal(expected, Shell($"umask {mask}; wg {command} > {directory}/wg-{command}").Error);
            Assert.Equal(45, new FileInfo($"{directory}/{command}").Length);
        }
        Directory.Delete(directory, recursive: true);
    }

    [WgFact]
    public void Standard_input_is_a_key_file_and_a_process_is_one_operation()
    {
        using var stage = new CliStage();
        var daemon = stage.Start("proc0");
        var run = InShell(stage, $"echo {Key} | {Program} set proc0 private-key /dev/stdin peer {CannedDevices.Base64(1)} preshared-key <(echo {CannedDevices.Base64(2)}) endpoint [fe80::1%lo]:5 allowed-ips 10.0.0.0/8");
        Assert.Equal(new RunResult(0, "", ""), run);
        Assert.Equal(
            $"set=1\nprivate_key={CannedDevices.Hex(100)}\npublic_key={CannedDevices.Hex(1)}\npreshared_key={CannedDevices.Hex(2)}\n" +
            "endpoint=[fe80::1%lo]:5\nreplace_allowed_ips=true\nallowed_ip=10.0.0.0/8\n\n", Assert.Single(daemon.Take()));
    }

    [WgFact]
    public void A_configuration_can_come_from_a_pipe_and_go_back_through_one()
    {
        using var stage = new CliStage();
        var daemon = stage.Start("proc0", CannedDevices.Get("usual", 1_700_000_000));
        Assert.Equal(new RunResult(0, "", ""), InShell(stage, $"{Program} showconf proc0 | {Program} setconf proc0 /dev/stdin"));
        Assert.StartsWith($"set=1\nprivate_key={CannedDevices.Private}\n", Assert.Single(daemon.Take()), StringComparison.Ordinal);
    }

    [WgFact]
    public void A_process_shows_what_wg_shows()
    {
        using var stage = new CliStage();
        stage.Start("proc0", CannedDevices.Get("all-sorts", 1_700_000_000));
        foreach (var words in new[] { "", "show proc0", "show all dump", "show interfaces", "showconf proc0" })
            Assert.Equal(InShell(stage, "wg " + words), InShell(stage, $"{Program} {words}"));
    }

    [Fact]
    public void A_reader_that_has_gone_ends_the_program_without_a_word()
    {
        // The shell writes until the far end of the pipe is closed; only then does the program begin.
        var run = Shell($"set -o pipefail; (trap '' PIPE; while echo x 2> /dev/null; do :; done; {Program} help) | true");
        Assert.Equal(new RunResult(141, "", ""), run);
    }

    [Fact]
    public void A_full_disk_is_reported()
    {
        Assert.Equal(new RunResult(1, "", "Unable to write the output: No space left on device\n"), Shell($"{Program} genkey > /dev/full"));
    }

    [WgFact]
    public void Without_rights_the_lack_of_a_right_is_named()
    {
        using var stage = new CliStage();
        stage.Start("proc0");
        Assert.Equal(new RunResult(1, "", "Unable to list interfaces: Permission denied; run this as root\n"), WithoutRights(stage, "show"));
        Assert.Equal(new RunResult(1, "", "Unable to access interface proc0: Permission denied; run this as root\n"), WithoutRights(stage, "show proc0"));
        Assert.Equal(new RunResult(1, "", "Unable to modify interface proc0: Permission denied; run this as root\n"), WithoutRights(stage, "set proc0 listen-port 5"));
    }

    [WgFact]
    public void Without_rights_keys_are_made_within_64_KiB_of_locked_memory_and_refused_without_any()
    {
        using var stage = new CliStage();
        var made = WithoutRights(stage, "genkey", "ulimit -l 64; ");
        Assert.Equal((0, 45, ""), (made.ExitCode, made.Output.Length, made.Error));
        var refused = WithoutRights(stage, "genkey", "ulimit -l 0; ");
        Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
        Assert.Contains("ulimit -l", refused.Error, StringComparison.Ordinal);
    }

    private static RunResult Shell(string script) => WgTool.Execute("bash", ["-c", script]);

    private static RunResult InShell(CliStage stage, string script) =>
        WgTool.Execute("unshare", ["-m", "bash", "-c", InNamespace + script, Path.GetDirectoryName(stage.ControlDirectory)!]);

    /// <summary>Runs with no capability, so that permissions and limits hold even for root, on a control directory of someone else.</summary>
    private static RunResult WithoutRights(CliStage stage, string words, string before = "") => InShell(stage,
        $"chown 65534 {stage.ControlDirectory} && chmod 700 {stage.ControlDirectory} && {before}exec setpriv --bounding-set=-all --inh-caps=-all {Program} {words}");
}
