using System.Globalization;
using PfsVpn.Runtime;

namespace PfsVpn.Tests.Runtime;

public sealed class SystemdNotifierTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Each_call_is_one_message_to_a_path_or_to_an_abstract_name(bool isAbstract)
    {
        using var manager = new NotifySocket(isAbstract);
        using var notifier = SystemdNotifier.FromEnvironment(manager.Environment());
        Assert.True(notifier.IsPresent);
        Assert.True(notifier.Ready());
        Assert.True(notifier.Ready("two peers\nREADY=0"));
        Assert.True(notifier.Status("süß"));
        Assert.True(notifier.Stopping());
        Assert.True(notifier.Watchdog());
        Assert.True(notifier.MainProcess(17));
        Assert.Equal(
            ["READY=1", "READY=1\nSTATUS=two peers READY=0", "STATUS=süß", "STOPPING=1", "WATCHDOG=1", "MAINPID=17"],
            Enumerable.Range(0, 6).Select(_ => manager.Receive()), StringComparer.Ordinal);
    }

    [Fact]
    public void Reloading_says_when_on_the_clock_that_the_manager_compares_with()
    {
        using var manager = new NotifySocket();
        using var notifier = SystemdNotifier.FromEnvironment(manager.Environment());
        var before = BootClock.Uptime;
        Assert.True(notifier.Reloading());
        var lines = manager.Receive().Split('\n');
        Assert.Equal("RELOADING=1", lines[0]);
        var said = TimeSpan.FromMicroseconds(long.Parse(lines[1]["MONOTONIC_USEC=".Length..], CultureInfo.InvariantCulture));
        Assert.InRange(said, before - TimeSpan.FromMicroseconds(1), BootClock.Uptime);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("@")]
    [InlineData("relative")]
    [InlineData("vsock:2:1234")]
    public void Without_a_manager_nothing_happens(string? address)
    {
        using var notifier = SystemdNotifier.FromEnvironment(name => name == SystemdNotifier.SocketVariable ? address : "1000000");
        Assert.False(notifier.IsPresent);
        Assert.Null(notifier.WatchdogTimeout);
        Assert.False(notifier.Ready() || notifier.Status("x") || notifier.Reloading() || notifier.Stopping() || notifier.Watchdog());
    }

    [Fact]
    public void A_manager_that_is_gone_or_an_address_that_is_too_long_does_no_harm()
    {
        var manager = new NotifySocket();
        var gone = manager.Environment();
        manager.Dispose();
        using var notifier = SystemdNotifier.FromEnvironment(gone);
        Assert.False(notifier.Ready());
        using var tooLong = SystemdNotifier.FromEnvironment(name => name == SystemdNotifier.SocketVariable ? "/" + new string('x', 108) : null);
        Assert.False(tooLong.IsPresent);
        var ended = SystemdNotifier.FromEnvironment(gone);
        ended.Dispose();
        Assert.False(ended.Watchdog());
    }

    [Theory]
    [InlineData("30000000", null, 30.0)]
    [InlineData("30000000", "self", 30.0)]
    [InlineData("30000000", "1", null)]
    [InlineData("0", null, null)]
    [InlineData("-5", null, null)]
    [InlineData("9223372036854775807", null, null)]
    [InlineData("soon", null, null)]
    [InlineData(null, null, null)]
    public void The_watchdog_is_for_this_process_only(string? microseconds, string? process, double? seconds)
    {
        if (process == "self") process = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        using var manager = new NotifySocket();
        using var notifier = SystemdNotifier.FromEnvironment(manager.Environment((SystemdNotifier.WatchdogVariable, microseconds!), (SystemdNotifier.WatchdogProcessVariable, process!)));
        Assert.Equal(seconds, notifier.WatchdogTimeout?.TotalSeconds);
    }
}
