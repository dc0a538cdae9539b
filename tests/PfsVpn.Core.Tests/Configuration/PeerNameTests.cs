using PfsVpn.Configuration;

namespace PfsVpn.Tests.Configuration;

public sealed class PeerNameTests
{
    public static TheoryData<byte[]> NoNames =>
    [
        [0xFF], [.. "a"u8, 0xC3], [0xED, 0xA0, 0x80], [.. "a\0b"u8], [.. "\u009b31m"u8], [0x1B], [.. "a\n"u8], [.. Enumerable.Repeat((byte)'x', 65)],
    ];

    [Theory, MemberData(nameof(NoNames))]
    public void What_is_no_UTF8_has_control_characters_or_is_too_long_is_refused(byte[] text) => Assert.False(PeerName.TryParse(text, out _));

    [Theory]
    [InlineData("")]
    [InlineData("laptop")]
    [InlineData("Büro 💻 = #1")]
    public void Anything_else_is_a_name(string name)
    {
        Assert.True(PeerName.TryParse(System.Text.Encoding.UTF8.GetBytes(name), out var parsed));
        Assert.Equal(name, parsed);
        Assert.Null(PeerName.Refusal(name));
    }

    [Fact]
    public void The_length_counts_in_bytes()
    {
        Assert.Null(PeerName.Refusal(new string('ü', 32)));
        Assert.NotNull(PeerName.Refusal(new string('ü', 33)));
        Assert.NotNull(PeerName.Refusal("\ud800"));
    }
}
