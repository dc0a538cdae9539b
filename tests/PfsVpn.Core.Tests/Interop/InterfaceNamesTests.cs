using System.Text;
using PfsVpn.Interop;

namespace PfsVpn.Tests.Interop;

public sealed class InterfaceNamesTests
{
    [Fact]
    public void An_interface_is_found_by_its_name() => Assert.Equal(1u, InterfaceNames.IndexOf("lo"u8));

    [Theory]
    [InlineData("")]
    [InlineData("lo\0")]
    [InlineData("no-such-one")]
    [InlineData("sixteen-bytes-16")]
    public void A_name_that_none_has_gives_zero(string name) => Assert.Equal(0u, InterfaceNames.IndexOf(Encoding.ASCII.GetBytes(name)));

    [Fact]
    public void A_name_has_at_most_fifteen_bytes()
    {
        Assert.True(InterfaceNames.IsPossible("fifteen-bytes-1"u8));
        Assert.False(InterfaceNames.IsPossible("sixteen-bytes-16"u8));
    }
}
