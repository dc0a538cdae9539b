using PfsVpn.Cli;
using PfsVpn.Cli.Tunnel;

namespace PfsVpn.Tests.Cli.Tunnel;

/// <summary>All of a plan, or nothing.</summary>
public sealed class TransactionTests
{
    [Fact]
    public void Steps_run_by_stage_and_within_a_stage_as_they_were_added()
    {
        var plan = new TunnelPlan();
        foreach (var (stage, name) in new[] { (TunnelStage.Route, "d"), (TunnelStage.PreUp, "a"), (TunnelStage.Route, "e"), (TunnelStage.Link, "b"), (TunnelStage.Link, "c") })
            plan.Add(stage, name, static _ => { });
        Assert.Equal("abcde", string.Concat(plan.Steps.Select(static step => step.Name)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_step_that_fails_and_all_before_it_are_taken_back_in_reverse_order(int failing)
    {
        using var world = new TunnelWorld();
        var plan = new TunnelPlan();
        var events = new List<string>();
        for (var i = 1; i <= 3; i++)
        {
            var number = i;
            plan.Add(TunnelStage.Link, $"do {number}", host =>
            {
                events.Add($"+{number}");
                if (number == failing) host.Run("ip", "refused");
            },
            _ => events.Add($"-{number}"));
        }
        world.Runner.Failing.Add("ip refused");
        var failure = Assert.Throws<CliException>(() => TunnelTransaction.Run(plan, new TunnelHost(world.Context, "wg0", dryRun: false)));
        Assert.Equal($"wg0: step {failing} of 3 failed, do {failing}: ip refused: it is refused (exit code 2)\nEverything has been taken back.", failure.Message);
        Assert.Equal(Enumerable.Range(1, failing).Select(static n => $"+{n}").Concat(Enumerable.Range(1, failing).Reverse().Select(static n => $"-{n}")), events);
    }

    [Fact]
    public void What_cannot_be_taken_back_is_said_and_does_not_keep_the_rest()
    {
        using var world = new TunnelWorld();
        var plan = new TunnelPlan();
        var undone = new List<int>();
        plan.Add(TunnelStage.Link, "first", static _ => { }, _ => undone.Add(1));
        plan.Add(TunnelStage.Link, "second", static _ => { }, static _ => throw new CliException("it sticks"));
        plan.Add(TunnelStage.Link, "third", static _ => throw new IOException("no room"), _ => undone.Add(3));
        var failure = Assert.Throws<CliException>(() => TunnelTransaction.Run(plan, new TunnelHost(world.Context, "wg0", dryRun: false)));
        Assert.Equal("wg0: step 3 of 3 failed, third: no room\nNot everything could be taken back (1 step, see above).", failure.Message);
        Assert.Equal("wg0: cannot take back: second: it sticks\n", world.Said);
        Assert.Equal([3, 1], undone);
    }

    [Fact]
    public void Down_goes_on_where_a_step_fails_unless_nothing_has_been_taken_away_yet()
    {
        using var world = new TunnelWorld();
        var plan = new TunnelPlan();
        var ran = new List<string>();
        plan.Add(TunnelStage.LinkEnd, "delete the interface", static _ => throw new CliException("busy"));
        plan.Add(TunnelStage.DnsEnd, "reset", _ => ran.Add("dns"));
        var host = new TunnelHost(world.Context, "wg0", dryRun: false);
        Assert.Equal("wg0: not all could be taken away: delete the interface (see above)", Assert.Throws<CliException>(() => TunnelTransaction.RunAll(plan, host, DownPlanner.MayStop)).Message);
        Assert.Equal(["dns"], ran);

        plan.Add(TunnelStage.PreDown, "run PreDown `x'", static _ => throw new CliException("exit code 1"));
        Assert.Equal("wg0: cannot run PreDown `x': exit code 1\nNothing has been taken away.", Assert.Throws<CliException>(() => TunnelTransaction.RunAll(plan, host, DownPlanner.MayStop)).Message);
        Assert.Equal(["dns"], ran);
    }

    [Fact]
    public void Down_hooks_run_for_up_hooks_that_have_begun()
    {
        using var world = new TunnelWorld();
        var file = world.Parse("[Interface]\nPreUp = first\nPostUp = never\nPreDown = pre-down\nPostDown = post-down %i\n");
        world.Write("pfsvpnd", "");
        world.Runner.Failing.Add($"{world.Root}/pfsvpnd wg0");
        Assert.Throws<CliException>(() => TunnelTransaction.Run(UpPlanner.Plan(file, "/x"), new TunnelHost(world.Context, "wg0", dryRun: false)));
        Assert.Equal(["first", "post-down wg0"], world.Runner.Ran.Where(static line => line.StartsWith("bash", StringComparison.Ordinal)).Select(static line => line[(line.IndexOf("/x", StringComparison.Ordinal) + 5)..].Trim()));
    }

    [Fact]
    public void The_rules_of_another_tunnel_stay()
    {
        using var world = new TunnelWorld();
        world.Runner.Answers["ip -4 -N rule show"] =
            "0:\tfrom all lookup 255\n32762:\tfrom all lookup 254 suppress_prefixlength 0\n32763:\tnot from all fwmark 0xca6d lookup 51821\n"
            + "32764:\tfrom all lookup 254 suppress_prefixlength 0\n32765:\tnot from all fwmark 0xca6c lookup 51820\n32766:\tfrom all lookup 254\n";
        RoutingRule.DeleteOf(new TunnelHost(world.Context, "wg0", dryRun: false), "51820");
        Assert.Equal(["ip -4 rule delete priority 32765 not fwmark 51820 table 51820", "ip -4 rule delete priority 32764 table main suppress_prefixlength 0"], world.Runner.Ran);
    }

    [Fact]
    public void What_a_crash_left_is_taken_away_but_not_the_table_of_whoever_uses_it_now()
    {
        using var world = new TunnelWorld();
        new TunnelState(world.Context, "wg0").Write(DefaultRoutes.StateItem, "51820");
        world.Runner.Answers["ip -4 -N rule show"] = "32764:\tfrom all lookup 254 suppress_prefixlength 0\n32765:\tnot from all fwmark 0xca6c lookup 51820\n";
        world.Runner.Answers["nft list tables"] = "table ip wg-quick-wg0\ntable ip wg-quick-wg01\n";
        world.Runner.Answers["ip -4 route show table 51820"] = "default dev other scope link\n";
        TunnelLeftovers.Clear(new TunnelHost(world.Context, "wg0", dryRun: false));
        Assert.Equal(["nft -f -"], world.Runner.Ran);
        Assert.Equal("delete table ip wg-quick-wg0\n", world.Runner.Inputs["nft -f -"]);
        Assert.False(Directory.Exists(world.Context.RuntimeDirectory));
    }

    [Fact]
    public void Two_runs_do_not_change_a_tunnel_at_the_same_time()
    {
        using var world = new TunnelWorld();
        var plan = new TunnelPlan();
        var host = new TunnelHost(world.Context, "wg0", dryRun: false);
        plan.Add(TunnelStage.Link, "hold", _ =>
        {
            var other = Assert.Throws<CliException>(() => TunnelTransaction.Run(new TunnelPlan(), host));
            Assert.StartsWith("`wg0' is being changed by another run of pfsvpn; nothing was changed", other.Message, StringComparison.Ordinal);
            TunnelTransaction.Run(new TunnelPlan(), new TunnelHost(world.Context, "wg1", dryRun: false));
        });
        TunnelTransaction.Run(plan, host);
        TunnelTransaction.Run(new TunnelPlan(), host);
        Assert.False(Directory.Exists(world.Context.RuntimeDirectory));
    }
}
