using System.Runtime.InteropServices;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using PfsVpn.Configuration;
using PfsVpn.Packets;

namespace PfsVpn.Tests.Configuration;

/// <summary>Addresses are taken and refused exactly as by inet_pton(3).</summary>
public sealed partial class WgConfigAddressTests
{
    private const int AF_INET = 2, AF_INET6 = 10;

    [Fact]
    public void Whatever_looks_like_an_address_is_read_as_by_the_C_library()
    {
        var pieces = Gen.Elements(":", "::", ".", "0", "00", "1", "01", "255", "256", "ffff", "fffff", "A", "1.2.3.4", "g", "/", "%", " ", "-", "1:2:3:4:5:6:", "1:2:3:4:5:6:7");
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(20_000), Prop.ForAll(pieces.ListOf().Where(static list => list.Count <= 12).Select(string.Concat).ToArbitrary(), AgreesWithTheLibrary));
    }

    [Fact]
    public void What_the_C_library_writes_is_read_back()
    {
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), Prop.ForAll(ArbMap.Default.ArbFor<(ulong High, ulong Low)>(), static pair =>
        {
            var address = new IpAddress(pair.High, pair.Low);
            return WgConfigAddress.TryParse(Encoding.ASCII.GetBytes(PfsVpn.Cli.NativeResolver.Format(address)), out var parsed) && parsed == address;
        }));
    }

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData(":::")]
    [InlineData("1:")]
    [InlineData(":1")]
    [InlineData("1::2::3")]
    [InlineData("1:2:3:4:5:6:7:8")]
    [InlineData("1:2:3:4:5:6:7::")]
    [InlineData("1:2:3:4:5:6:7:8:")]
    [InlineData("::1:2:3:4:5:6:7:8")]
    [InlineData("::ffff:1.2.3.4")]
    [InlineData("1:2:3:4:5:6:1.2.3.4")]
    [InlineData("1:2:3:4:5:6:7:1.2.3.4")]
    [InlineData("::1.2.3.4:1")]
    [InlineData("::1.2.3.04")]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.4")]
    [InlineData("1.2.3.4.")]
    [InlineData(".1.2.3.4")]
    [InlineData("1..3.4")]
    [InlineData("0.0.0.0")]
    [InlineData("00.0.0.0")]
    [InlineData("0001:0002:0003:0004:0005:0006:255.255.255.255")]
    [InlineData("0001:0002:0003:0004:0005:0006:0255.255.255.255")]
    public void The_edges_are_those_of_the_C_library(string text) => Assert.True(AgreesWithTheLibrary(text));

    private static bool AgreesWithTheLibrary(string text)
    {
        Span<byte> bytes = stackalloc byte[16];
        var v6 = text.Contains(':', StringComparison.Ordinal);
        var expected = inet_pton(v6 ? AF_INET6 : AF_INET, text, ref MemoryMarshal.GetReference(bytes)) == 1;
        var actual = WgConfigAddress.TryParse(Encoding.UTF8.GetBytes(text), out var address);
        return actual == expected && (!actual || address == IpAddress.Read(bytes[..(v6 ? 16 : 4)]));
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int inet_pton(int family, string text, ref byte destination);
}
