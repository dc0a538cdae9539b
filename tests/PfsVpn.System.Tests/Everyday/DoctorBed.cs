using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Everyday;

/// <summary>One end of a tunnel with a file of its own, and what doctor says of it.</summary>
internal sealed class DoctorBed(TunnelEnd end, string addresses, int port)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private string Path => System.IO.Path.Combine(TestRun.Folder, end.Interface + ".conf");

    /// <summary>Further lines of [Interface] in the file.</summary>
    public string Extra { get; set; } = "";

    /// <summary>Writes the file and gives the daemon the same. Peers are taken away first: their sessions end, so that what is new is in force at once.</summary>
    public async Task ConfigureAsync(params PeerSettings[] peers)
    {
        WriteFile(port, peers);
        await end.ConfigureAsync(port);
        await end.ConfigureAsync(port, peers);
    }

    /// <summary>Writes the file alone.</summary>
    public void WriteFile(int listenPort, params PeerSettings[] peers) =>
        WriteFile($"[Interface]\nAddress = {addresses}\nListenPort = {listenPort}\nPrivateKey = {end.PrivateKey}\n{Extra}{string.Concat(peers.Select(static peer => peer.ToString()))}");

    /// <summary>Writes this text as the file.</summary>
    public void WriteFile(string text, UnixFileMode mode = OwnerOnly)
    {
        File.WriteAllText(Path, text);
        File.SetUnixFileMode(Path, mode);
    }

    /// <summary>Lets everyone read the file, or its owner alone.</summary>
    public void Expose(bool toAll) => File.SetUnixFileMode(Path, toAll ? OwnerOnly | UnixFileMode.OtherRead : OwnerOnly);

    /// <summary>The exit code of doctor, and what it found about the tunnel.</summary>
    public async Task<(int ExitCode, IReadOnlyList<DoctorFinding> Findings)> ExamineAsync()
    {
        var result = await end.Host.TryRunAsync(Programs.Cli, ["doctor", Path, "--json"]);
        Assert.True(result.Error.Length == 0, result.ToString());
        return (result.ExitCode, [.. DoctorFinding.Read(result.Output).Where(static finding => finding.Tunnel is not null)]);
    }

    /// <summary>Nothing is wrong with the tunnel.</summary>
    public async Task AssertWellAsync()
    {
        var (code, findings) = await ExamineAsync();
        Assert.DoesNotContain(findings, static finding => finding.Verdict is "problem" or "warning");
        // What a machine's kernel lacks is a warning.
        Assert.InRange(code, 0, 1);
    }

    /// <summary>Breaks something, looks that doctor names it before all else, does what it says, and looks that all is well.</summary>
    public async Task AssertFoundAsync(string check, string what, string remedy, Func<Task> breaks, Func<Task> mends)
    {
        await breaks();
        var (code, findings) = await ExamineAsync();
        Assert.Equal(2, code);
        var first = findings.First(static finding => finding.Verdict == "problem");
        Assert.True(first.Check == check && first.What.Contains(what, StringComparison.Ordinal), $"expected {check}: …{what}…\nfound {first.Check}: {first.What}");
        Assert.Contains(remedy, first.Remedy, StringComparison.Ordinal);
        await mends();
        await AssertWellAsync();
    }
}
