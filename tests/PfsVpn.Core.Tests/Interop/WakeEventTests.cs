using PfsVpn.Interop;

namespace PfsVpn.Tests.Interop;

public sealed unsafe class WakeEventTests
{
    [Fact]
    public void It_is_readable_from_the_first_set_until_it_is_drained()
    {
        using var wake = new WakeEvent();
        Assert.False(IsReadable(wake));
        wake.Set();
        wake.Set();
        Assert.True(IsReadable(wake));
        wake.Drain();
        Assert.False(IsReadable(wake));
        wake.Set();
        Assert.True(IsReadable(wake));
    }

    [Fact]
    public void Setting_and_draining_after_the_end_does_nothing()
    {
        var wake = new WakeEvent();
        wake.Dispose();
        wake.Set();
        wake.Drain();
        wake.Dispose();
    }

    [Fact]
    public void No_work_published_before_a_set_is_ever_missed()
    {
        const int Total = 20_000;
        using var wake = new WakeEvent();
        var published = 0;
        var producer = new Thread(() =>
        {
            for (var count = 1; count <= Total; count++)
            {
                Volatile.Write(ref published, count);
                wake.Set();
            }
        });
        producer.Start();
        while (true)
        {
            var wait = new Libc.pollfd { fd = wake.Descriptor, events = Libc.POLLIN };
            _ = Libc.poll(&wait, 1, -1);
            wake.Drain();
            if (Volatile.Read(ref published) == Total) break;
        }
        producer.Join();
    }

    [Fact]
    public void A_wait_ends_when_it_is_set_and_in_time_where_it_is_not()
    {
        using var wake = new WakeEvent();
        Assert.False(wake.Wait(0));
        Assert.False(wake.Wait(1));
        wake.Set();
        Assert.True(wake.Wait(0));
        Assert.True(wake.Wait(-1));
        wake.Drain();
        Assert.False(wake.Wait(0));
    }

    [Fact]
    public void A_gate_lets_the_last_one_out_release_exactly_once()
    {
        var gate = new UseGate();
        Assert.True(gate.TryEnter());
        Assert.True(gate.TryEnter());
        Assert.False(gate.Exit());
        Assert.False(gate.Close());
        Assert.False(gate.Close());
        Assert.False(gate.TryEnter());
        Assert.True(gate.Exit());
        Assert.True(new UseGate().Close());
    }

    [Fact]
    public void A_timer_on_the_boot_clock_fires_at_its_deadline()
    {
        Libc.timespec now;
        Assert.Equal(0, Libc.clock_gettime(Libc.CLOCK_BOOTTIME, &now));
        var timer = Libc.timerfd_create(Libc.CLOCK_BOOTTIME, Libc.TFD_CLOEXEC | Libc.TFD_NONBLOCK);
        Assert.True(timer >= 0);
        var deadline = new Libc.itimerspec { it_value = new Libc.timespec { tv_sec = now.tv_sec, tv_nsec = now.tv_nsec } };
        Assert.Equal(0, Libc.timerfd_settime(timer, Libc.TFD_TIMER_ABSTIME, &deadline, null));
        var wait = new Libc.pollfd { fd = timer, events = Libc.POLLIN };
        Assert.Equal(1, Libc.poll(&wait, 1, -1));
        _ = Libc.close(timer);
    }

    private static bool IsReadable(WakeEvent wake)
    {
        var wait = new Libc.pollfd { fd = wake.Descriptor, events = Libc.POLLIN };
        return Libc.poll(&wait, 1, 0) == 1;
    }
}
