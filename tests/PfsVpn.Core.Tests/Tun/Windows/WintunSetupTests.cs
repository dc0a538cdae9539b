using PfsVpn.Interop;
using PfsVpn.Interop.Windows;
using PfsVpn.Tun;

namespace PfsVpn.Tests.Tun.Windows;

public sealed class WintunSetupTests
{
    [Fact]
    public void The_ring_is_one_that_Wintun_takes()
    {
        Assert.InRange(WintunSetup.RingCapacity, Wintun.WINTUN_MIN_RING_CAPACITY, Wintun.WINTUN_MAX_RING_CAPACITY);
        Assert.True(uint.IsPow2(WintunSetup.RingCapacity));
        Assert.Equal(8u * 1024 * 1024, WintunSetup.RingCapacity);
    }

    [Fact]
    public void The_MTU_is_set_for_both_families_at_once_where_they_are_there()
    {
        var settings = new FakeAdapterSettings { [AdapterFamily.V4] = 65535, [AdapterFamily.V6] = 65535 };
        WintunSetup.SetMtu(settings, 1420, _ => Assert.Fail("there is nothing to wait for"));
        Assert.Equal(["V4 1420", "V6 1420"], settings.Sets);
    }

    [Fact]
    public void Families_are_waited_for_and_each_is_set_once()
    {
        var settings = new FakeAdapterSettings();
        var slept = 0;
        WintunSetup.SetMtu(settings, 1420, milliseconds =>
        {
            slept += milliseconds;
            if (slept == 1000) settings[AdapterFamily.V4] = 65535;
            if (slept == 1200) settings[AdapterFamily.V6] = 65535;
        });
        Assert.Equal(1200, slept);
        Assert.Equal(["V4 1420", "V6 1420"], settings.Sets);
    }

    [Fact]
    public void A_family_that_does_not_come_is_not_waited_for_for_long()
    {
        var slept = 0;
        WintunSetup.SetMtu(new FakeAdapterSettings { [AdapterFamily.V4] = 65535 }, 1420, milliseconds => slept += milliseconds);
        Assert.Equal(500, slept);
        slept = 0;
        WintunSetup.SetMtu(new FakeAdapterSettings(), 1420, milliseconds => slept += milliseconds);
        Assert.Equal(5000, slept);
    }

    [Fact]
    public void Where_the_MTU_cannot_be_set_at_all_nothing_is_waited_for() =>
        WintunSetup.SetMtu(new FakeAdapterSettings { MissingError = IpHlpApi.ERROR_NOT_SUPPORTED }, 1420, _ => Assert.Fail("there is nothing to wait for"));

    [Theory]
    [InlineData(Wintun.ERROR_ACCESS_DENIED, Libc.EPERM, "administrator")]
    [InlineData(Wintun.ERROR_ALREADY_EXISTS, Libc.EBUSY, "exists already")]
    [InlineData(Wintun.ERROR_DUP_NAME, Libc.EBUSY, "exists already")]
    [InlineData(Wintun.ERROR_OLD_WIN_VERSION, 0, "too old")]
    [InlineData(1234, 0, "1234")]
    public void A_refusal_says_what_to_do(int error, int errno, string text)
    {
        var refusal = WintunSetup.Refusal("wg0", error);
        Assert.Contains(text, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(errno, refusal.Errno);
    }
}
