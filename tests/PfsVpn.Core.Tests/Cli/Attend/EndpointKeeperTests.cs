using PfsVpn.Cli.Attend;
using PfsVpn.Packets;

namespace PfsVpn.Tests.Cli.Attend;

/// <summary>The keeper of a named endpoint, in virtual time, beside a model of a daemon and a resolver.</summary>
public sealed class EndpointKeeperTests
{
    private static readonly EndpointAddress First = Address(1), Second = Address(2), Third = Address(3);

    [Fact]
    public void While_handshakes_complete_nothing_is_looked_up()
    {
        var world = new KeeperWorld(keepalive: true) { Endpoint = First, Alive = { First } };
        world.Run(1000);
        Assert.Equal(0, world.Lookups);
        Assert.Empty(world.Set);
    }

    [Fact]
    public void A_peer_that_is_silent_because_nobody_sends_is_left_alone()
    {
        var world = new KeeperWorld(keepalive: false) { Endpoint = First, Alive = { First } };
        world.Run(60);
        world.Traffic = false;
        world.Names = [Second];
        world.Run(2000);
        Assert.Equal(0, world.Lookups);
    }

    [Fact]
    public void A_name_that_moved_is_followed_within_half_a_minute_of_the_first_initiation_in_vain()
    {
        var world = new KeeperWorld(keepalive: true) { Endpoint = First, Alive = { First } };
        world.Run(30);
        (world.Names, _) = ([Second], world.Alive.Remove(First));
        world.Alive.Add(Second);
        world.Run(200);
        Assert.Equal(Second, world.Endpoint);
        Assert.Equal([Second], world.Set.Select(static set => set.Address));
        Assert.InRange(world.Set[0].After - world.LastHandshakeAtMove, 0, 120 + 30);
        Assert.True(world.HandshakeAge < 130);
    }

    [Fact]
    public void A_roamed_endpoint_is_respected_while_it_answers()
    {
        var world = new KeeperWorld(keepalive: true) { Endpoint = First, Names = [First], Alive = { First } };
        world.Run(30);
        world.Alive.Add(Third);
        world.Endpoint = Third;
        world.Run(1000);
        Assert.Empty(world.Set);
        Assert.Equal(Third, world.Endpoint);
    }

    [Fact]
    public void A_roamed_endpoint_that_falls_silent_gives_way_to_the_name_and_is_tried_again_after_it()
    {
        var world = new KeeperWorld(keepalive: true) { Endpoint = First, Names = [First], Alive = { Third } };
        world.Endpoint = Third;
        world.Run(30);
        world.Alive.Clear();
        world.Run(400);
        Assert.Equal(First, world.Set[0].Address);
        Assert.Equal(Third, world.Set[1].Address);
        Assert.All(world.Set.Zip(world.Set.Skip(1)), static pair => Assert.True(pair.Second.After - pair.First.After >= 10));
    }

    [Fact]
    public void The_addresses_of_a_name_are_tried_in_turn_and_the_working_one_is_kept()
    {
        var world = new KeeperWorld(keepalive: true) { Endpoint = First, Names = [First, Second, Third], Alive = { Third } };
        world.Run(60);
        Assert.Equal([Second, Third], world.Set.Select(static set => set.Address));
        Assert.InRange(world.Set[0].After, 10, 13);
        Assert.InRange(world.Set[1].After, 20, 25);
        world.Run(1000);
        Assert.Equal(2, world.Set.Count);
    }

    [Fact]
    public void An_endpoint_that_could_not_be_looked_up_is_set_when_the_resolver_answers()
    {
        var world = new KeeperWorld(keepalive: false) { Endpoint = null, Names = [First], ResolverIsDown = true, Traffic = false, Alive = { First } };
        world.Run(100);
        Assert.Empty(world.Set);
        // 0, 1, 3, 7, 15, 31, 63: doubled each time.
        Assert.InRange(world.Lookups, 6, 8);
        world.ResolverIsDown = false;
        world.Run(61);
        Assert.Equal([First], world.Set.Select(static set => set.Address));
    }

    [Fact]
    public void A_resolver_that_fails_is_asked_at_most_once_a_minute_in_the_end()
    {
        var world = new KeeperWorld(keepalive: true) { Endpoint = First, ResolverIsDown = true };
        world.Run(600);
        var before = world.Lookups;
        world.Run(600);
        Assert.InRange(world.Lookups - before, 9, 11);
    }

    [Fact]
    public void An_answer_that_comes_when_the_handshake_has_completed_sets_nothing()
    {
        var world = new KeeperWorld(keepalive: true) { Endpoint = First, Names = [Second], Alive = { First }, LookupSeconds = 30 };
        world.Alive.Clear();
        world.Run(12);
        world.Alive.Add(First);
        world.Run(500);
        Assert.Empty(world.Set);
        Assert.Equal(First, world.Endpoint);
    }

    [Fact]
    public void A_name_with_one_dead_address_is_not_set_again_and_again()
    {
        var world = new KeeperWorld(keepalive: true) { Endpoint = First, Names = [First] };
        world.Run(1000);
        Assert.Empty(world.Set);
    }

    [Fact]
    public void What_is_sent_to_a_stale_peer_without_an_attempt_is_demand_too()
    {
        var keeper = new EndpointKeeper(hasKeepalive: false);
        var start = new PfsVpn.Timers.MonotonicTime(1_000_000_000_000);
        keeper.See(new PeerSighting(First, TimeSpan.FromSeconds(200), null, 100, false), start);
        Assert.True(keeper.TryTakeLookup(start));
        Assert.False(keeper.TryTakeLookup(start));
    }

    private static EndpointAddress Address(byte last) => new(new IpAddress(0xC0000200u + last), 51820);
}
