using System.Globalization;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Rootless;

/// <summary>A plain user's program in a tunnel of its own: it gets there, its end is told, and nothing is changed or left behind.</summary>
[Collection(Collection)]
public sealed class ExecTests(ITestOutputHelper output)
{
    /// <summary>One after the other: they look at all processes of the one user.</summary>
    public const string Collection = "rootless";

    [SystemFact]
    public async Task A_program_reaches_the_server_by_both_families_and_by_name_as_the_user_without_rights()
    {
        await using var world = await UserWorld.CreateAsync(output);
        using var names = NameServer.Start(world.Server.Interior);
        await using var shell = await InsideShell.StartAsync(world);
        var user = UserWorld.User.ToString(CultureInfo.InvariantCulture);
        Assert.Equal(($"{user}\n", 0), await shell.RunAsync("id -u"));
        Assert.Equal(($"{user}\n", 0), await shell.RunAsync("touch file && stat -c %u file && rm file"));
        Assert.Equal(0, (await shell.RunAsync($"ping -c 1 -W 10 {UserWorld.ServerV4}")).ExitCode);
        Assert.Equal(0, (await shell.RunAsync($"ping -c 1 -W 10 {UserWorld.ServerV6}")).ExitCode);
        var (hosts, _) = await shell.RunAsync("getent ahostsv4 server.test");
        Assert.StartsWith(UserWorld.ServerV4, hosts, StringComparison.Ordinal);
        Assert.True(names.Questions > 0);
        Assert.Contains("search inner.test", (await shell.RunAsync("cat /etc/resolv.conf")).Output, StringComparison.Ordinal);
        // The rights over its namespaces are gone, and with them any other way.
        Assert.Contains("CapPrm:\t0000000000000000", (await shell.RunAsync("cat /proc/self/status")).Output, StringComparison.Ordinal);
        Assert.NotEqual(0, (await shell.RunAsync("ip route del default")).ExitCode);
        Assert.NotEqual(0, (await shell.RunAsync("umount /etc/resolv.conf")).ExitCode);
        Assert.NotEqual(0, (await shell.RunAsync("nsenter --net=/proc/1/ns/net true")).ExitCode);
        Assert.Equal((0, ""), await shell.EndAsync());
    }

    [SystemFact]
    public async Task The_users_commands_see_the_tunnel()
    {
        await using var world = await UserWorld.CreateAsync(output);
        await using var shell = await InsideShell.StartAsync(world);
        Assert.Equal(0, (await shell.RunAsync($"ping -c 1 -W 10 {UserWorld.ServerV4}")).ExitCode);
        var shown = Shell.Checked(await world.RunAsync(UserWorld.Cli, "show")).Output;
        Assert.Contains("interface: home", shown, StringComparison.Ordinal);
        Assert.Contains(world.Server.PublicKey, shown, StringComparison.Ordinal);
        Assert.Contains("endpoint: 10.9.0.2:", shown, StringComparison.Ordinal);
        Assert.Contains("no_new_privs", Shell.Checked(await world.RunAsync(UserWorld.Cli, "secrecy", "home")).Output, StringComparison.Ordinal);
        // The same file once more would be the same key at two places.
        var second = await world.ExecAsync("true");
        Assert.Equal(125, second.ExitCode);
        Assert.Contains("home runs already", second.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await shell.RunAsync($"ping -c 1 -W 10 {UserWorld.ServerV4}")).ExitCode);
    }

    [SystemFact]
    public async Task Its_exit_code_is_the_programs_and_the_host_is_as_it_was()
    {
        await using var world = await UserWorld.CreateAsync(output, "[fd09::2]", "MTU = 1300\nPostUp = touch /mnt/home/hook");
        var before = await SnapshotAsync(world);
        Assert.Equal(0, (await world.ExecAsync("true")).ExitCode);
        Assert.Equal(7, (await world.ExecAsync("sh", "-c", "exit 7")).ExitCode);
        Assert.Equal(128 + 9, (await world.ExecAsync("sh", "-c", "kill -9 $$")).ExitCode);
        var absent = await world.ExecAsync("/mnt/home/no-such-program");
        Assert.Equal(127, absent.ExitCode);
        Assert.Contains("/mnt/home/no-such-program: No such file", absent.Error, StringComparison.Ordinal);
        Assert.Equal(126, (await world.ExecAsync("/etc")).ExitCode);
        var mtu = await world.ExecAsync("sh", "-c", "ping -c 1 -W 10 10.78.0.1 >&2; ip link show dev home");
        Assert.Contains("mtu 1300", mtu.Output, StringComparison.Ordinal);
        Assert.Contains("1 received", mtu.Error, StringComparison.Ordinal);
        Assert.Contains("exec runs none of them", mtu.Error, StringComparison.Ordinal);
        Assert.Equal(before, await SnapshotAsync(world));
    }

    [SystemFact]
    public async Task Signals_go_on_to_the_program_and_what_was_started_ends_with_it()
    {
        await using var world = await UserWorld.CreateAsync(output);
        const string Program = "trap 'echo INT' INT; trap 'echo USR1' USR1; trap 'echo TERM; exit 9' TERM; echo ready; while :; do sleep 0.05; done";
        using var process = world.Start(UserWorld.Cli, "exec", "home.conf", "--", "sh", "-c", Program);
        Assert.Equal("ready", await process.StandardOutput.ReadLineAsync());
        foreach (var (number, name) in new[] { (2, "INT"), (10, "USR1"), (Syscalls.SIGTERM, "TERM") })
        {
            Syscalls.Signal(process.Id, number);
            Assert.Equal(name, await process.StandardOutput.ReadLineAsync());
        }
        await process.WaitForExitAsync();
        Assert.Equal(9, process.ExitCode);
        await NothingIsLeftAsync(world);
    }

    [SystemFact]
    public async Task The_terminals_keys_reach_the_program_once()
    {
        await using var world = await UserWorld.CreateAsync(output);
        const string Program = "trap 'n=$((n + 1)); echo interrupted $n times' INT; trap 'echo quit; exit 4' QUIT; echo ready; while :; do sleep 0.05; done";
        // A shell between script and exec would get the keys' signals as well, and end by them.
        using var process = world.Start("script", "-qec", $"exec {UserWorld.Cli} exec home.conf -- sh -c \"{Program.Replace("$", "\\$", StringComparison.Ordinal)}\"", "/dev/null");
        var lines = await ReadToAsync(process, "ready");
        await process.StandardInput.WriteAsync("\x03");
        await process.StandardInput.FlushAsync();
        lines += await ReadToAsync(process, "interrupted 1 times");
        // A second one of the same key would have come before this answer.
        await process.StandardInput.WriteAsync("\x1C");
        await process.StandardInput.FlushAsync();
        lines += await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.DoesNotContain("interrupted 2 times", lines, StringComparison.Ordinal);
        Assert.Contains("quit", lines, StringComparison.Ordinal);
        Assert.Equal(4, process.ExitCode);
        await NothingIsLeftAsync(world);
    }

    [SystemFact]
    public async Task A_signal_that_comes_as_the_program_ends_changes_nothing()
    {
        await using var world = await UserWorld.CreateAsync(output);
        // One that ends exec on the way out would also leave its files.
        for (var attempt = 0; attempt < 20; attempt++)
            Assert.Equal(4, (await world.ExecAsync("sh", "-c", "trap '' QUIT; kill -QUIT $PPID; exit 4")).ExitCode);
        await NothingIsLeftAsync(world);
    }

    [SystemFact]
    public async Task When_it_is_killed_the_daemon_ends_and_the_program_has_no_way_out()
    {
        await using var world = await UserWorld.CreateAsync(output);
        using var process = world.Start(UserWorld.Cli, "exec", "home.conf", "--", "sh", "-c",
            "ping -c 1 -W 10 10.78.0.1 >/dev/null && echo reached; read line; ping -c 1 -W 1 10.78.0.1 >/dev/null 2>&1 || echo cut off");
        Assert.Equal("reached", await process.StandardOutput.ReadLineAsync());
        Syscalls.Signal(process.Id, Syscalls.SIGKILL);
        await process.WaitForExitAsync();
        await Wait.UntilAsync("the daemon to end", () => !UserWorld.Processes().Any(static entry => entry.Command.Contains("pfsvpnd", StringComparison.Ordinal)));
        await process.StandardInput.WriteAsync("\n");
        process.StandardInput.Close();
        Assert.Equal("cut off", await process.StandardOutput.ReadLineAsync());
        await Wait.UntilAsync("the program to end", () => UserWorld.Processes().Count == 0);
        // The daemon took its socket along; the folder of the one who was killed is empty.
        Assert.Equal(["home.conf", "pfsvpn"], world.Files);
    }

    [SystemFact]
    public async Task Where_user_namespaces_are_off_it_says_so_and_what_to_do()
    {
        await using var world = await UserWorld.CreateAsync(output);
        // The limit is of a user namespace, and all in it.
        var result = await world.RunAsync("unshare", "--user", "--map-current-user", "--keep-caps", "sh", "-c",
            $"echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --inh-caps=-all --ambient-caps=-all {UserWorld.Cli} exec home.conf -- true");
        Assert.Equal(125, result.ExitCode);
        Assert.Contains("user namespaces are off on this system (user.max_user_namespaces = 0)", result.Error, StringComparison.Ordinal);
        Assert.Contains("sysctl -w user.max_user_namespaces=", result.Error, StringComparison.Ordinal);
        await NothingIsLeftAsync(world);
    }

    [SystemFact]
    public async Task Root_needs_no_user_namespace_and_keeps_its_rights()
    {
        await using var world = await UserWorld.CreateAsync(output);
        var result = await world.RunAsRootAsync(UserWorld.Cli, "exec", "home.conf", "sh", "-c", "id -u; readlink /proc/self/ns/user /proc/$PPID/ns/user | uniq | wc -l; ping -c 1 -W 10 10.78.0.1 >/dev/null && ip link set home mtu 1280 && echo done");
        Assert.Equal("0\n1\ndone\n", Shell.Checked(result).Output);
    }

    private static async Task<string> ReadToAsync(System.Diagnostics.Process process, string text)
    {
        var lines = "";
        while (!lines.Contains(text, StringComparison.Ordinal))
            lines += await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"It ended: {lines}{await process.StandardError.ReadToEndAsync()}");
        return lines;
    }

    private static async Task<string> SnapshotAsync(UserWorld world)
    {
        await NothingIsLeftAsync(world);
        var parts = new List<string> { await File.ReadAllTextAsync("/etc/resolv.conf") };
        foreach (var words in new[] { "address show", "-4 route show table all", "-6 route show table all", "rule show", "-6 rule show", "link show" }) parts.Add(await world.Host.IpAsync("-o " + words));
        return System.Text.RegularExpressions.Regex.Replace(string.Concat(parts), @" (expires|hoplimit) \S+", "", System.Text.RegularExpressions.RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
    }

    private static async Task NothingIsLeftAsync(UserWorld world)
    {
        await Wait.UntilAsync("the user's processes to end", () => UserWorld.Processes().Count == 0);
        Assert.Equal(["home.conf"], world.Files);
    }
}
