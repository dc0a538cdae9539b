using PfsVpn.Device;
using PfsVpn.Timers;
using PfsVpn.Transport;

namespace PfsVpn.Tests.Device;

/// <summary>The counters have room for every reason that there is.</summary>
public sealed class ReasonCountersTests
{
    [Fact]
    public void EveryReasonForADropIsCountedByItself()
    {
        var counters = new DropCounters();
        foreach (var reason in Enum.GetValues<DropReason>()) counters.Add(reason, (int)reason + 1);

        Assert.All(Enum.GetValues<DropReason>(), reason => Assert.Equal((int)reason + 1, counters[reason]));
        Assert.Equal(Enum.GetValues<DropReason>().Sum(static reason => (int)reason + 1), counters.Total);
    }

    [Fact]
    public void Every_reason_for_the_end_of_a_key_of_every_kind_is_counted_by_itself()
    {
        var ledger = new KeyLedger(static () => new MonotonicTime(1));
        static int Times(KeyKind kind, KeyEndReason reason) => 1 + ((int)kind * 3) + (int)reason;
        foreach (var kind in Enum.GetValues<KeyKind>())
        {
            foreach (var reason in Enum.GetValues<KeyEndReason>())
                for (var i = 0; i < Times(kind, reason); i++) ledger.NoteErased(new KeyEnd(kind, reason, null, default, default, default, MonotonicTime.Infinite, default), null);
        }
        foreach (var kind in Enum.GetValues<KeyKind>())
        {
            Assert.All(Enum.GetValues<KeyEndReason>(), reason => Assert.Equal(Times(kind, reason), ledger.ErasedFor(reason, kind)));
            Assert.Equal(Enum.GetValues<KeyEndReason>().Sum(reason => Times(kind, reason)), ledger.ErasedOf(kind));
        }
        Assert.Equal(KeyKind.PresharedKey, Enum.GetValues<KeyKind>().Max());
    }
}
