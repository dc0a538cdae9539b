using System.Xml.Linq;
using PfsVpn.Lab.Charts;
using PfsVpn.Lab.Policies;

namespace PfsVpn.Tests.Lab;

/// <summary>The model of policies against closed forms.</summary>
public sealed class PolicyTests
{
    private const double Hour = 3600;
    private const double Day = 24 * Hour;

    /// <summary>On average half a life of the current key; and in five seconds of each life all of the previous one.</summary>
    [Theory]
    [InlineData(10)]
    [InlineData(20)]
    [InlineData(60)]
    [InlineData(120)]
    public void With_steady_traffic_PfsVpn_exposes_half_a_life_and_five_seconds(int rekeyAfter)
    {
        var exposure = PolicyExposure.Of(KeyPolicies.Own("PfsVpn", rekeyAfter), TrafficProfile.Even);
        Assert.Equal((rekeyAfter / 2.0) + 5, exposure.Mean, 1e-6);
        Assert.Equal(exposure.Mean / Day, exposure.Share, 1e-9);
        Assert.Equal(rekeyAfter + 5, exposure.Longest);
    }

    /// <summary>The previous key stays until the next change: one and a half lives on average, two at most.</summary>
    [Fact]
    public void With_steady_traffic_the_kernel_exposes_a_life_and_a_half()
    {
        var exposure = Of("WireGuard 120/180/540 s, erased", TrafficProfile.Even);
        Assert.Equal(180, exposure.Mean, 1e-6);
        Assert.Equal(240, exposure.Longest);
    }

    /// <summary>A minute of traffic a day: t seconds of it are exposed at second t, then all of it until the key is destroyed.</summary>
    [Theory]
    [InlineData("PfsVpn, default (120 s)", 180)]
    [InlineData("WireGuard 120/180/540 s, erased", 540)]
    [InlineData("TLS 1.3 psk_dhe_ke", 3600)]
    public void After_a_minute_of_traffic_a_key_exists_until_its_end(string policy, int end)
    {
        var exposure = Of(policy, new TrafficProfile("a minute", [(1000, 1060)]));
        Assert.Equal((1800 + (60.0 * (end - 60))) / Day, exposure.Mean, 1e-6);
        Assert.Equal(end, exposure.Longest);
    }

    [Fact]
    public void A_key_outlives_a_short_pause_and_is_used_on_after_it()
    {
        var exposure = Of("PfsVpn, default (120 s)", new TrafficProfile("two halves", [(1000, 1030), (1090, 1130)]));
        // One key from 1000 to 1120 opens 60 s of traffic, until 1125; the next opens 10 s, until 1300.
        var first = 450 + (30 * 60) + (30 * 30) + 450 + (60 * 5);
        var second = 50 + (10 * 170);
        Assert.Equal((first + second) / Day, exposure.Mean, 1e-6);
        Assert.Equal(180, exposure.Longest);
    }

    [Theory]
    [InlineData("TLS session ids, kept 24 h", 12, 24)]
    [InlineData("TLS tickets, key changed every 12 h", 18, 24)]
    [InlineData("TLS tickets, key changed every hour", 1.5, 2)]
    [InlineData("TLS 1.3 psk_dhe_ke", 0.5, 1)]
    [InlineData("Temporary key bound to a permanent one, 24 h", 12, 24)]
    public void With_steady_traffic_the_others_expose_what_their_periods_say(string policy, double meanHours, double longestHours)
    {
        var exposure = Of(policy, TrafficProfile.Even);
        Assert.Equal(meanHours * Hour, exposure.Mean, 1e-6);
        Assert.Equal(longestHours * Hour, exposure.Longest);
    }

    /// <summary>The first hour of each day is of a full handshake: it is open while it lasts, and then closed for good.</summary>
    [Fact]
    public void A_resumption_secret_does_not_open_the_connection_that_it_comes_from()
    {
        var exposure = Of("TLS 1.3 psk_ke, kept 24 h", TrafficProfile.Even);
        Assert.Equal(((0.5 * Hour * Hour) + (0.5 * 23 * Hour * 23 * Hour)) / Day, exposure.Mean, 1e-6);
        Assert.Equal(23 * Hour, exposure.Longest);
    }

    [Fact]
    public void What_is_never_erased_exposes_everything_without_end()
    {
        foreach (var profile in (TrafficProfile[])[TrafficProfile.Even, TrafficProfile.WorkingDay])
        {
            foreach (var policy in (string[])["No forward secrecy: a static key", "WireGuard 120/180/540 s, never erased"])
            {
                var exposure = Of(policy, profile);
                Assert.Equal(1, exposure.Share, 1e-9);
                Assert.Equal(double.PositiveInfinity, exposure.Longest);
            }
        }
    }

    [Fact]
    public void The_pictures_are_well_formed_have_no_scripts_and_name_every_policy()
    {
        var rows = PolicyReport.Compute();
        var picture = PolicyPlot.Write(rows);
        XNamespace svg = "http://www.w3.org/2000/svg";
        var texts = XDocument.Parse(picture).Descendants(svg + "text").Select(text => text.Value).ToHashSet(StringComparer.Ordinal);
        Assert.All(rows, row => Assert.Contains(row.Policy.Name, texts));
        Assert.DoesNotContain("script", picture, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", picture, StringComparison.Ordinal);
    }

    [Fact]
    public void Bars_grow_with_the_share_and_anything_above_nothing_is_seen()
    {
        Assert.Equal("", TextBar.Of(0, 10));
        Assert.Equal("▏", TextBar.Of(1e-9, 10));
        Assert.Equal("█████", TextBar.Of(0.5, 10));
        Assert.Equal(new string('█', 10), TextBar.Of(2, 10));
    }

    private static PolicyExposure Of(string policy, TrafficProfile profile) => PolicyExposure.Of(KeyPolicies.All.Single(one => one.Name == policy), profile);
}
