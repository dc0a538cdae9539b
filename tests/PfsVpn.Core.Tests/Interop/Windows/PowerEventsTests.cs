using PfsVpn.Interop.Windows;

namespace PfsVpn.Tests.Interop.Windows;

public sealed class PowerEventsTests
{
    [Fact]
    public void Only_what_concerns_sleep_is_told()
    {
        Assert.Equal(PowerChange.Suspending, PowerEvents.Meaning(PowrProf.PBT_APMSUSPEND));
        Assert.Equal(PowerChange.Resumed, PowerEvents.Meaning(PowrProf.PBT_APMRESUMEAUTOMATIC));
        Assert.Equal(PowerChange.Resumed, PowerEvents.Meaning(PowrProf.PBT_APMRESUMESUSPEND));
        Assert.Null(PowerEvents.Meaning(0x8013));
        Assert.Null(PowerEvents.Meaning(0xA));
    }
}
