using PfsVpn.Interop.Windows;
using PfsVpn.Tun;

namespace PfsVpn.Tests.Tun.Windows;

public sealed class WindowsLinkMonitorTests
{
    private static readonly IpChange OtherRoute = new(new NET_LUID(6ul << 48), IsInterface: false, IsDeletion: false);

    [Fact]
    public void It_reports_the_smaller_MTU_and_that_it_is_up_at_once()
    {
        using var tun = new WintunFixture();
        tun.Settings[AdapterFamily.V4] = 1400;
        tun.Settings[AdapterFamily.V6] = 1380;
        using var events = new LinkEvents();
        using var monitor = new WindowsLinkMonitor(tun.Device, new FakeIpChanges());
        monitor.Start(events);
        events.Expect("mtu 1380", "up");
        Assert.Equal(1380, tun.Device.Mtu);
    }

    [Fact]
    public void Where_Windows_says_nothing_the_adapter_has_what_it_was_given()
    {
        using var tun = new WintunFixture();
        tun.Settings.Alias = null;
        using var events = new LinkEvents();
        using var monitor = new WindowsLinkMonitor(tun.Device, new FakeIpChanges());
        monitor.Start(events);
        events.Expect("mtu 1420", "up");
        Assert.Equal("wg0", tun.Device.Name);
    }

    [Fact]
    public void A_changed_MTU_and_a_changed_name_are_followed()
    {
        using var tun = new WintunFixture();
        tun.Settings[AdapterFamily.V4] = 1420;
        tun.Settings[AdapterFamily.V6] = 1420;
        using var events = new LinkEvents();
        var changes = new FakeIpChanges();
        using var monitor = new WindowsLinkMonitor(tun.Device, changes);
        monitor.Start(events);
        events.Expect("mtu 1420", "up");
        tun.Settings[AdapterFamily.V4] = 1280;
        tun.Settings.Alias = "home";
        changes.Tell(Own(tun));
        events.Expect("mtu 1280");
        Assert.Equal("home", tun.Device.Name);
        tun.Settings[AdapterFamily.V4] = 9000;
        tun.Settings[AdapterFamily.V6] = 9000;
        changes.Tell(Own(tun));
        events.Expect("mtu 9000");
        changes.Tell(Own(tun));
        events.ExpectNothingMore();
    }

    [Fact]
    public void A_family_that_comes_late_is_given_the_MTU_of_the_adapter()
    {
        using var tun = new WintunFixture(mtu: 1380);
        tun.Settings[AdapterFamily.V4] = 1380;
        using var events = new LinkEvents();
        var changes = new FakeIpChanges();
        using var monitor = new WindowsLinkMonitor(tun.Device, changes);
        monitor.Start(events);
        events.Expect("mtu 1380", "up");
        tun.Settings[AdapterFamily.V6] = 65535;
        changes.Tell(Own(tun));
        events.TakeRoutes();
        Assert.Equal(1380, tun.Settings[AdapterFamily.V6]);
        events.ExpectNothingMore();
    }

    [Fact]
    public void A_session_that_ends_is_the_end_of_the_interface()
    {
        using var tun = new WintunFixture();
        using var events = new LinkEvents();
        var changes = new FakeIpChanges();
        using var monitor = new WindowsLinkMonitor(tun.Device, changes);
        monitor.Start(events);
        events.Expect("mtu 1420", "up");
        tun.Session.End(Wintun.ERROR_HANDLE_EOF);
        Assert.Equal(-1, tun.Read());
        events.Expect("deleted");
        monitor.Dispose();
        Assert.True(changes.IsDisposed);
        events.ExpectNothingMore();
    }

    [Fact]
    public void An_adapter_that_Windows_has_deleted_is_the_end_and_one_that_lost_a_family_is_not()
    {
        using var tun = new WintunFixture();
        tun.Settings[AdapterFamily.V4] = 1420;
        using var events = new LinkEvents();
        var changes = new FakeIpChanges();
        using var monitor = new WindowsLinkMonitor(tun.Device, changes);
        monitor.Start(events);
        events.Expect("mtu 1420", "up");
        changes.Tell(Own(tun) with { IsDeletion = true });
        events.TakeRoutes();
        events.ExpectNothingMore();
        tun.Settings.Alias = null;
        changes.Tell(Own(tun) with { IsDeletion = true });
        events.Expect("deleted");
    }

    [Fact]
    public void A_device_that_is_gone_before_the_start_is_reported_too()
    {
        using var tun = new WintunFixture();
        tun.Session.End(Wintun.ERROR_HANDLE_EOF);
        Assert.Equal(-1, tun.Read());
        using var events = new LinkEvents();
        using var monitor = new WindowsLinkMonitor(tun.Device, new FakeIpChanges());
        monitor.Start(events);
        events.Expect("mtu 1420", "up", "deleted");
    }

    [Fact]
    public void Changed_routes_are_told_at_once_then_now_and_then_and_the_last_one_too()
    {
        using var tun = new WintunFixture();
        using var events = new LinkEvents();
        var changes = new FakeIpChanges();
        using var monitor = new WindowsLinkMonitor(tun.Device, changes);
        monitor.Start(events);
        events.Expect("mtu 1420", "up");
        changes.Tell(OtherRoute);
        var first = events.TakeRoutes();
        for (var index = 0; index < 100; index++) changes.Tell(OtherRoute);
        var second = events.TakeRoutes();
        Assert.InRange(second - first, WindowsLinkMonitor.RouteInterval - 20, 5000);
        Thread.Sleep(WindowsLinkMonitor.RouteInterval + 100);
        Assert.Equal(0, events.WaitingRoutes);
        events.ExpectNothingMore();
    }

    [Fact]
    public void Changes_before_the_start_are_not_lost()
    {
        using var tun = new WintunFixture();
        using var events = new LinkEvents();
        var changes = new FakeIpChanges();
        using var monitor = new WindowsLinkMonitor(tun.Device, changes);
        changes.Tell(OtherRoute);
        monitor.Start(events);
        events.Expect("mtu 1420", "up");
        events.TakeRoutes();
    }

    [Fact]
    public void It_ends_without_a_word_and_also_where_it_never_began()
    {
        using var tun = new WintunFixture();
        using var events = new LinkEvents();
        var changes = new FakeIpChanges();
        var monitor = new WindowsLinkMonitor(tun.Device, changes);
        monitor.Start(events);
        events.Expect("mtu 1420", "up");
        monitor.Dispose();
        monitor.Dispose();
        Assert.True(changes.IsDisposed);
        changes = new FakeIpChanges();
        new WindowsLinkMonitor(tun.Device, changes).Dispose();
        Assert.True(changes.IsDisposed);
        changes.Tell(OtherRoute);
        tun.Session.End(Wintun.ERROR_HANDLE_EOF);
        tun.Read();
        events.ExpectNothingMore();
    }

    [Fact]
    public void A_system_that_refuses_the_notifications_is_an_error()
    {
        using var tun = new WintunFixture();
        var changes = new FakeIpChanges { Refuses = true };
        Assert.Throws<IOException>(() => new WindowsLinkMonitor(tun.Device, changes));
        Assert.True(changes.IsDisposed);
    }

    private static IpChange Own(WintunFixture tun) => new(tun.Settings.Luid, IsInterface: true, IsDeletion: false);
}
