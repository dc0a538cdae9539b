using System.Diagnostics;
using PfsVpn.Tun;

namespace PfsVpn.Tests.Tun.Windows;

public sealed class WintunSpinTests
{
    private static readonly long Microsecond = Stopwatch.Frequency / 1_000_000;

    [Fact]
    public void It_begins_without_spinning_learns_from_short_waits_and_never_spins_long()
    {
        var spin = new WintunSpin(4);
        Assert.Equal(0, spin.Budget);
        spin.NoteWait(Microsecond);
        Assert.Equal(5 * Microsecond, spin.Budget);
        for (var index = 0; index < 10; index++) spin.NoteWait(20 * Microsecond);
        Assert.Equal(WintunSpin.LongestMicroseconds * Microsecond, spin.Budget);
    }

    [Fact]
    public void Long_waits_end_it_soon()
    {
        var spin = new WintunSpin(4);
        for (var index = 0; index < 10; index++) spin.NoteWait(Microsecond);
        var waits = 0;
        for (; spin.Budget > 0; waits++) spin.NoteWait(1000 * Microsecond);
        Assert.Equal(3, waits);
    }

    [Fact]
    public void One_processor_never_spins()
    {
        var spin = new WintunSpin(1);
        for (var index = 0; index < 10; index++) spin.NoteWait(0);
        Assert.Equal(0, spin.Budget);
    }
}
