using PfsVpn.Runtime;

namespace PfsVpn.Tests.Runtime;

public sealed class ControlPipePlaceTests
{
    [Fact]
    public void The_pipe_is_where_wg_looks_for_it() =>
        Assert.Equal(@"\\.\pipe\ProtectedPrefix\Administrators\WireGuard\wg0", ControlPipePlace.System.NameOf("wg0"));

    [Fact]
    public void Only_the_system_and_administrators_may_open_it() => Assert.Equal("O:SYD:P(A;;GA;;;SY)(A;;GA;;;BA)S:(ML;;NWNRNX;;;HI)", ControlPipePlace.System.Security);

    [Theory]
    [InlineData("")]
    [InlineData(@"..\wg0")]
    [InlineData("a/b")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    public void A_name_that_leads_elsewhere_is_refused(string name)
    {
        var refused = Assert.Throws<ControlSocketException>(() => ControlPipePlace.System.NameOf(name));
        Assert.Equal($"'{name}' cannot be the name of an interface.", refused.Message);
    }

    [Fact]
    public void A_name_that_is_too_long_for_a_pipe_is_refused()
    {
        var place = ControlPipePlace.System;
        var room = ControlPipePlace.LongestName - place.Prefix.Length;
        Assert.Equal(ControlPipePlace.LongestName, place.NameOf(new string('a', room)).Length);
        Assert.Throws<ControlSocketException>(() => place.NameOf(new string('a', room + 1)));
    }
}
