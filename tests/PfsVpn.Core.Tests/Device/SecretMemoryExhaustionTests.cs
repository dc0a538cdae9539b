using PfsVpn.Crypto;
using PfsVpn.Device;
using PfsVpn.TestSupport.Simulation;
using PfsVpn.Tests.Crypto;
using PfsVpn.Tests.Simulation;

namespace PfsVpn.Tests.Device;

/// <summary>A handshake that finds no more memory to lock is dropped, counted and said; sessions go on, and nothing is left behind.</summary>
[Collection(nameof(LockedMemoryLimitTests))]
public sealed class SecretMemoryExhaustionTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void The_initiator_drops_its_handshake_and_tries_again(int freeSlots) => TryHandshake(freeSlots, static pair => pair.Alice);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void The_responder_drops_the_initiation(int freeSlots) => TryHandshake(freeSlots, static pair => pair.Bob);

    [Fact]
    public void The_initiators_three_slots_suffice_to_the_end_of_the_handshake()
    {
        using var pair = new Pair();
        RestrictedThread.Run(0, () =>
        {
            var held = TakeAllBut(pair.Alice, 3);
            pair.AssertTrafficFlows();
            held.ForEach(static key => key.Dispose());
        });
    }

    [Fact]
    public void A_session_goes_on_while_its_rekey_cannot_be_done()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Network.Run(121);
        RestrictedThread.Run(0, () =>
        {
            var held = TakeAllBut(pair.Alice, 1);
            for (var i = 0; i < 10; i++) pair.AssertTrafficFlows();
            Assert.Equal(1, pair.Alice.Device.Drops[DropReason.OutOfSecretMemory]);
            Assert.Equal(1, pair.Alice.Device.Indices.Count);
            held.ForEach(static key => key.Dispose());
        });
        pair.Network.Run(6);
        Assert.Equal(2, pair.Alice.Device.Ledger.Made);
    }

    private static void TryHandshake(int freeSlots, Func<Pair, SimulatedHost> choose)
    {
        using var pair = new Pair();
        var host = choose(pair);
        var (slots, secrets) = (host.Arena.SlotsInUse, host.LivingSecrets);
        // The limit is the thread's that runs the simulation: without any, the arena cannot grow.
        RestrictedThread.Run(0, () =>
        {
            var held = TakeAllBut(host, freeSlots);
            pair.AliceSends();
            pair.Network.Run(21);
            Assert.InRange(host.Device.Drops[DropReason.OutOfSecretMemory], 4, 5);
            Assert.Equal(1, host.Log.Count("no memory can be locked for its keys"));
            Assert.Equal(1, host.Log.Count("ulimit -l"));
            Assert.Equal(0, host.Device.Ledger.Made);
            Assert.Equal(0, host.Device.Indices.Count);
            Assert.Equal(slots + held.Count, host.Arena.SlotsInUse);
            held.ForEach(static key => key.Dispose());
        });
        pair.Network.Run(6);
        Assert.Single(pair.Bob.Delivered);
        pair.AssertTrafficFlows();
        Assert.Equal(slots + 2, host.Arena.SlotsInUse);
        Assert.Equal(secrets + 2, host.LivingSecrets);
    }

    private static List<SecretKey> TakeAllBut(SimulatedHost host, int freeSlots)
    {
        var held = new List<SecretKey>();
        try
        {
            while (true) held.Add(host.Arena.Allocate());
        }
        catch (SecretMemoryException)
        {
            for (var i = 0; i < freeSlots; i++)
            {
                held[^1].Dispose();
                held.RemoveAt(held.Count - 1);
            }
            return held;
        }
    }
}
