using System.Net;
using System.Net.Sockets;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using PfsVpn.Configuration;
using PfsVpn.Packets;

namespace PfsVpn.Tests.Configuration;

public sealed class UapiTextTests
{
    /// <summary>IPv6 groups with many zeros, so that runs of all lengths come up.</summary>
    private static readonly Arbitrary<ushort[]> Groups = Gen.Frequency((2, Gen.Constant((ushort)0)), (1, Gen.Choose(0, 0xffff).Select(static value => (ushort)value)))
        .ArrayOf(8).ToArbitrary();

    [Fact]
    public void Any_IPv6_address_is_written_as_the_framework_writes_it_and_read_back() => Check.QuickThrowOnFailure(Prop.ForAll(Groups, static groups =>
    {
        var bytes = groups.SelectMany(static group => new[] { (byte)(group >> 8), (byte)group }).ToArray();
        var address = IpAddress.Read(bytes);
        var text = Format(address);
        var expected = new IPAddress(bytes).ToString();
        return UapiText.TryParseAddress(Encoding.ASCII.GetBytes(expected), out var fromFramework) && fromFramework == address
            && UapiText.TryParseAddress(Encoding.ASCII.GetBytes(text), out var read) && read == address
            && IPAddress.Parse(text).Equals(new IPAddress(bytes));
    }));

    [Theory]
    [InlineData("0:0:0:0:0:0:0:0", "::")]
    [InlineData("0:0:0:0:0:0:0:1", "::1")]
    [InlineData("1:0:0:0:0:0:0:0", "1::")]
    [InlineData("1:0:0:2:0:0:0:3", "1:0:0:2::3")]
    [InlineData("1:0:0:2:3:0:0:4", "1::2:3:0:0:4")]
    [InlineData("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7")]
    [InlineData("2001:0DB8:0:0:0:0:0:00aF", "2001:db8::af")]
    [InlineData("::ffff:192.0.2.1", "::ffff:192.0.2.1")]
    [InlineData("0:0:0:0:0:ffff:c000:0201", "::ffff:192.0.2.1")]
    [InlineData("::192.0.2.1", "::c000:201")]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("0.0.0.0", "0.0.0.0")]
    [InlineData("255.255.255.255", "255.255.255.255")]
    public void Addresses_are_written_in_their_canonical_form(string text, string canonical)
    {
        Assert.True(UapiText.TryParseAddress(Encoding.ASCII.GetBytes(text), out var address));
        Assert.Equal(canonical, Format(address));
    }

    [Fact]
    public void Whatever_is_read_as_an_address_the_framework_reads_the_same_way() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll(
            Gen.Elements("0123456789abcdef::::....%".ToCharArray()).ArrayOf().Select(static letters => new string(letters)).ToArbitrary(), static text =>
            {
                if (!UapiText.TryParseAddress(Encoding.ASCII.GetBytes(text), out var address)) return true;
                return IPAddress.TryParse(text, out var expected) && IpAddress.From(expected) == address
                    && (expected.AddressFamily == AddressFamily.InterNetwork) == address.IsV4;
            }));

    [Fact]
    public void Every_endpoint_fits_the_room_for_text()
    {
        var longest = new EndpointAddress(new IpAddress(0xfe80_ffff_ffff_ffff, ulong.MaxValue), ushort.MaxValue, uint.MaxValue);
        var buffer = new byte[UapiText.MaximumLength];
        var text = Encoding.ASCII.GetString(buffer, 0, UapiText.FormatEndpoint(longest, buffer));
        Assert.Equal("[fe80:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535", text);
        Assert.Equal(longest.ToString(), text);
    }

    private static string Format(IpAddress address)
    {
        var buffer = new byte[UapiText.MaximumLength];
        return Encoding.ASCII.GetString(buffer, 0, UapiText.FormatAddress(address, buffer));
    }
}
