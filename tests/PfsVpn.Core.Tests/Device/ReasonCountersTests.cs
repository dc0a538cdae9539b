using PfsVpn.Device;
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
    public void EveryReasonForTheEndOfAKeyIsCountedByItself()
    {
        var ledger = new KeyLedger();
        foreach (var reason in Enum.GetValues<KeyEndReason>())
        {
            for (var i = 0; i <= (int)reason; i++) ledger.NoteErased(reason);
        }

        Assert.All(Enum.GetValues<KeyEndReason>(), reason => Assert.Equal((int)reason + 1, ledger.ErasedFor(reason)));
    }
}
