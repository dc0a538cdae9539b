using PfsVpn.SystemTests.Quick;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Attend;

/// <summary>Whatever a file was and whatever it becomes: `reload` makes of the host what `up` would have made of the file.</summary>
public sealed class ReloadFilesTests(ITestOutputHelper output)
{
    [QuickFact]
    public async Task What_reload_makes_of_a_tunnel_is_what_up_makes_of_its_file()
    {
        await using var tunnel = await BoxedTunnel.CreateAsync(output);
        var files = await ReloadFiles.TakeUpAsync(tunnel);
        var before = await tunnel.TraceAsync();
        files.Write(0);
        await tunnel.CommandAsync("up");
        var from = 0;
        foreach (var to in Walk(files.Count))
        {
            files.Write(to);
            await files.ExpectAsync(to, $"from {from} to {to}", await tunnel.CommandAsync("reload"));
            from = to;
        }
        files.AssertNothingDiffered();
        await tunnel.CommandAsync("down");
        Assert.Equal(before, await tunnel.TraceAsync());
    }

    /// <summary>A way from 0 that goes from each number below <paramref name="count"/> to each other.</summary>
    private static IEnumerable<int> Walk(int count)
    {
        for (var low = 0; low < count - 1; low++)
        {
            for (var high = low + 1; high < count; high++)
            {
                yield return high;
                yield return low;
            }
            yield return low + 1;
        }
    }
}

/// <summary>The same where the last step fails, when everything else has been done: the host is as it was.</summary>
public sealed class FailingReloadTests(ITestOutputHelper output)
{
    [QuickFact]
    public async Task A_reload_that_fails_at_its_end_leaves_what_there_was()
    {
        await using var tunnel = await BoxedTunnel.CreateAsync(output);
        var files = await ReloadFiles.TakeUpAsync(tunnel);
        files.Write(0);
        await tunnel.CommandAsync("up");
        for (var from = 0; from < files.Count; from++)
        {
            // What is in force cannot be written down where a folder has the name.
            var obstacle = $"/run/pfsvpn/{BoxedTunnel.Name}/applied.conf.new";
            await tunnel.RunAsync("mkdir", obstacle);
            for (var step = 1; step < files.Count; step += 2)
            {
                var to = (from + step) % files.Count;
                files.Write(to);
                var reload = await tunnel.TryRunAsync("reload");
                Assert.Equal(1, reload.ExitCode);
                Assert.EndsWith("Everything has been taken back.\n", reload.Error, StringComparison.Ordinal);
                await files.ExpectAsync(from, $"from {from}, not to {to}", reload.Error);
            }
            await tunnel.RunAsync("rmdir", obstacle);
            files.Write((from + 1) % files.Count);
            await tunnel.CommandAsync("reload");
        }
        files.AssertNothingDiffered();
        await tunnel.CommandAsync("down");
    }
}

/// <summary>The files of these tests, and what `up` makes of each.</summary>
internal sealed class ReloadFiles
{
    private const string Address = "Address = 10.77.0.1/24, fd77::1/64\n", Inside = "AllowedIPs = 10.77.0.2/32, fd77::2/128";

    /// <summary>Device and peer. From each to each other there is something to change.</summary>
    private static readonly (string Device, string Peer)[] Files =
    [
        (Address, Inside + ", 10.88.0.0/16, fd88::/32"),
        (Address + "Table = 4321", Inside + ", 10.88.0.0/16, fd88::/32"),
        (Address + "Table = off\nDNS = 10.77.0.53, lab.example", Inside + ", 10.88.0.0/16"),
        (Address + "DNS = 10.77.0.54, fd77::54", "AllowedIPs = 0.0.0.0/0, ::/0"),
        (Address + "Table = 4321\nDNS = 10.77.0.53, other.example", "AllowedIPs = 0.0.0.0/0, ::/0"),
        ("Address = 10.77.0.9/24, fd77::9/64\nFwMark = 4242\nMTU = 1300", "AllowedIPs = 0.0.0.0/0\n#! ExcludedIPs = 10.99.0.0/16"),
        ("Address = 10.77.0.9/24, fd77::1/64\nDNS = 10.77.0.54, fd77::54\n#! MssClamp = on", "AllowedIPs = 0.0.0.0/0, ::/0\n#! ExcludedIPs = fd66::/16"),
        ("Address = 10.77.0.8/32\nTable = tunnels\n#! MssClamp = 1200", "AllowedIPs = 10.0.0.0/8\nPersistentKeepalive = 25"),
        (Address + "FwMark = 4343\n#! KillSwitch = on", "AllowedIPs = ::/0, 10.88.0.0/16"),
        ("Address = 10.66.0.1/24\nFwMark = 4343\n#! KillSwitch = on\n#! KillSwitchAllow = 10.8.0.0/16", Inside),
    ];

    private readonly BoxedTunnel _tunnel;
    private readonly List<string> _states = [], _differences = [];

    private ReloadFiles(BoxedTunnel tunnel) => _tunnel = tunnel;

    public int Count => _states.Count;

    /// <summary>Takes each of them up and down, and keeps what it made of the host.</summary>
    public static async Task<ReloadFiles> TakeUpAsync(BoxedTunnel tunnel)
    {
        var files = new ReloadFiles(tunnel);
        for (var number = 0; number < Files.Length; number++)
        {
            files.Write(number);
            await tunnel.CommandAsync("up");
            files._states.Add(await tunnel.StateAsync());
            await tunnel.CommandAsync("down");
        }
        Assert.Equal(Files.Length, files._states.Distinct(StringComparer.Ordinal).Count());
        return files;
    }

    /// <summary>Makes one of them the tunnel's file.</summary>
    public void Write(int number) => _tunnel.Write(Files[number].Device, Files[number].Peer);

    /// <summary>Compares what is there with what `up` made of a file.</summary>
    /// <param name="number">The file.</param>
    /// <param name="title">What happened.</param>
    /// <param name="said">What was said meanwhile.</param>
    public async Task ExpectAsync(int number, string title, string said)
    {
        var state = await _tunnel.StateAsync();
        if (state != _states[number]) _differences.Add($"{title}:\n{CorpusTests.Difference(_states[number], state)}\n{said}");
    }

    public void AssertNothingDiffered() => Assert.True(_differences.Count == 0, string.Join("\n\n", _differences));
}
