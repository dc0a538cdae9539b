using System.Text;
using PfsVpn.Configuration;

namespace PfsVpn.Tests.Configuration;

public sealed class BindTextTests
{
    [Theory]
    [InlineData("", true, true)]
    [InlineData("eth0", true, true)]
    [InlineData("fifteen-letters", true, true)]
    [InlineData("sixteen--letters", false, true)]
    [InlineData("Ethernet 2", false, true)]
    [InlineData("vEthernet (Default Switch)", false, true)]
    [InlineData("Local Area Connection* 12", false, true)]
    [InlineData("イーサネット 2", false, true)]
    [InlineData("eth/0", false, true)]
    [InlineData("..", false, true)]
    [InlineData("Ethernet #2", false, false)]
    [InlineData(" eth0", false, false)]
    [InlineData("eth0 ", false, false)]
    [InlineData("eth\u00010", false, false)]
    [InlineData("eth\u00850", false, false)]
    public void An_interface_has_a_name_of_the_kernels_or_an_alias_of_windows(string name, bool onLinux, bool onWindows)
    {
        var text = Encoding.UTF8.GetBytes(name);
        Assert.Equal((onLinux, onLinux ? name : ""), (BindText.TryParseDevice(text, onWindows: false, out var linuxName), linuxName));
        Assert.Equal((onWindows, onWindows ? name : ""), (BindText.TryParseDevice(text, onWindows: true, out var alias), alias));
    }

    [Fact]
    public void An_alias_is_utf_8_of_100_bytes_at_most()
    {
        Assert.True(BindText.TryParseDevice(Encoding.UTF8.GetBytes(new string('é', 50)), onWindows: true, out _));
        Assert.False(BindText.TryParseDevice(Encoding.UTF8.GetBytes(new string('é', 50) + "e"), onWindows: true, out _));
        Assert.False(BindText.TryParseDevice([0x65, 0xC3], onWindows: true, out _));
    }
}
