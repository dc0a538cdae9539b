using PfsVpn.Interop;
using PfsVpn.Tests.Tun;
using PfsVpn.Udp;
using static PfsVpn.Tests.Udp.LinuxUdpHarness;

namespace PfsVpn.Tests.Udp;

/// <summary>Several receivers of a family on one port.</summary>
public sealed unsafe class LinuxUdpReceiversTests
{
    private static readonly LinuxUdpSocketOptions Four = new() { ReceiversPerFamily = 4 };

    [NetworkFact]
    public void Senders_are_spread_over_the_receivers_of_their_family_and_each_stays_at_one()
    {
        using var home = new NetworkNamespace();
        using var receiver = Open(home, options: Four);
        using var batch = Batch();
        Assert.Equal(8, new LinuxUdpSocketFactory(Four).ReceiverCount);
        Assert.Equal(8, receiver.Receivers.Count);
        foreach (var (address, first) in ((string, int)[])[("127.0.0.1", 0), ("::1", 4)])
        {
            const int Senders = 64, Each = 5;
            var senders = Enumerable.Range(0, Senders).Select(_ => Open(home)).ToArray();
            for (var round = 0; round < Each; round++)
                foreach (var sender in senders) Assert.Equal(UdpSendResult.Sent, sender.Send([1], To(address, receiver.Port), 0));
            var homes = new Dictionary<ushort, HashSet<int>>();
            var total = 0;
            for (var index = 0; index < 8; index++)
            {
                for (batch.Clear(); receiver.Receivers[index].Receive(batch, mayWait: false) > 0; batch.Clear())
                {
                    Assert.InRange(index, first, first + 3);
                    total += batch.Count;
                    for (var datagram = 0; datagram < batch.Count; datagram++)
                    {
                        var port = batch.Sources[datagram].Remote.Port;
                        if (!homes.TryGetValue(port, out var seen)) homes[port] = seen = [];
                        seen.Add(index);
                    }
                }
            }
            Assert.Equal(Senders * Each, total);
            Assert.Equal(Senders, homes.Count);
            Assert.All(homes.Values, seen => Assert.Single(seen));
            Assert.Equal(4, homes.Values.SelectMany(seen => seen).Distinct().Count());
            foreach (var sender in senders) sender.Dispose();
        }
    }

    [NetworkFact]
    public void A_shared_port_is_bound_exclusively_all_the_same()
    {
        using var home = new NetworkNamespace();
        using var first = Open(home, 51820, options: Four);
        Assert.Equal(Libc.EADDRINUSE, Assert.Throws<UdpBindException>(() => Open(home, 51820, options: Four)).Errno);
        Assert.Equal(Libc.EADDRINUSE, Assert.Throws<UdpBindException>(() => Open(home, 51820)).Errno);
        foreach (var family in (int[])[Libc.AF_INET, Libc.AF_INET6])
        {
            Assert.Equal(-Libc.EADDRINUSE, Bind(home, family, shared: false));

            // Another user is refused even with SO_REUSEPORT; the same one would get in with it, as udp(7) and socket(7) have it.
            Assert.Equal(-Libc.EADDRINUSE, home.Run(() => AsUser(65_534, () => Bind(family, shared: true))));
            var same = Bind(home, family, shared: true);
            Assert.True(same >= 0 && Libc.close(same) == 0);
        }
    }

    [NetworkFact]
    public void A_port_with_one_receiver_lets_nobody_join_and_a_port_that_others_share_is_refused()
    {
        using var home = new NetworkNamespace();
        foreach (var family in (int[])[Libc.AF_INET, Libc.AF_INET6])
        {
            using (OpenAgain(home, 51820)) Assert.Equal(-Libc.EADDRINUSE, Bind(home, family, shared: true));
            var foreign = -1;
            Assert.True(SpinWait.SpinUntil(() => (foreign = Bind(home, family, shared: true)) >= 0, TimeSpan.FromSeconds(30)));
            Assert.Equal(Libc.EADDRINUSE, Assert.Throws<UdpBindException>(() => Open(home, 51820, options: Four)).Errno);
            Assert.Equal(0, Libc.close(foreign));
        }
    }

    [NetworkFact]
    public void All_receivers_answer_from_the_one_port_and_close_together()
    {
        using var home = new NetworkNamespace();
        using var other = Open(home);
        using var batch = Batch();
        var socket = Open(home, options: Four);
        foreach (var address in (string[])["127.0.0.1", "::1"])
        {
            Assert.Equal(UdpSendResult.Sent, socket.Send([7], To(address, other.Port), 0));
            Assert.Equal(socket.Port, Assert.Single(Take(other, batch, 1)).Remote.Port);
        }
        var waits = socket.Receivers.Select(receiver =>
            Task.Factory.StartNew(receiver.Wait, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        socket.Dispose();
        Assert.True(Task.WaitAll(waits, TimeSpan.FromSeconds(30)));
        Assert.All(waits, wait => Assert.Equal(PfsVpn.Tun.WaitResult.Closed, wait.Result));
        OpenAgain(home, socket.Port).Dispose();
    }

    private static int Bind(NetworkNamespace home, int family, bool shared) => home.Run(() => Bind(family, shared));

    private static int Bind(int family, bool shared)
    {
        ushort port = 51820;
        return LinuxUdpDescriptor.Open(family, ref port, 0, shared);
    }

    /// <summary>Runs code with another effective user, on this thread only.</summary>
    private static int AsUser(uint user, Func<int> function)
    {
        Assert.Equal(0, EffectiveUser.Set(user));
        try
        {
            return function();
        }
        finally
        {
            Assert.Equal(0, EffectiveUser.Set(0));
        }
    }
}
