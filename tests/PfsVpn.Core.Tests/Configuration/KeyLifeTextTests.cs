using System.Text;
using FsCheck;
using FsCheck.Fluent;
using PfsVpn.Configuration;

namespace PfsVpn.Tests.Configuration;

public sealed class KeyLifeTextTests
{
    [Theory]
    [InlineData("0", 0UL)]
    [InlineData("0G", 0UL)]
    [InlineData("1048576", 1UL << 20)]
    [InlineData("1024K", 1UL << 20)]
    [InlineData("1024k", 1UL << 20)]
    [InlineData("1M", 1UL << 20)]
    [InlineData("3m", 3UL << 20)]
    [InlineData("512M", 512UL << 20)]
    [InlineData("1G", 1UL << 30)]
    [InlineData("17179869183G", 17179869183UL << 30)]
    [InlineData("18446744073709551615", ulong.MaxValue)]
    public void Sizes_are_read(string text, ulong expected)
    {
        Assert.True(KeyLifeText.TryParseSize(Encoding.ASCII.GetBytes(text), out var bytes));
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("K")]
    [InlineData("1")]
    [InlineData("1023K")]
    [InlineData("-1M")]
    [InlineData("+1M")]
    [InlineData("1MM")]
    [InlineData("1MiB")]
    [InlineData("1 M")]
    [InlineData("1T")]
    [InlineData("0x100000")]
    [InlineData("17179869184G")]
    [InlineData("18446744073709551616")]
    [InlineData("999999999999999999999K")]
    [InlineData("2097152\r")]
    [InlineData("2097152\u000b")]
    public void What_is_no_size_is_refused(string text) => Assert.False(KeyLifeText.TryParseSize(Encoding.ASCII.GetBytes(text), out _));

    [Theory]
    [InlineData(1UL << 20, "1M")]
    [InlineData(512UL << 20, "512M")]
    [InlineData(1UL << 30, "1G")]
    [InlineData(1UL << 40, "1024G")]
    [InlineData((1UL << 20) + 1024, "1025K")]
    [InlineData((1UL << 20) + 1, "1048577")]
    [InlineData(0UL, "0")]
    [InlineData(ulong.MaxValue, "18446744073709551615")]
    public void Sizes_are_written_with_the_largest_unit_that_loses_nothing(ulong bytes, string expected) => Assert.Equal(expected, KeyLifeText.FormatSize(bytes));

    [Fact]
    public void What_is_written_is_read_as_the_same()
    {
        Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<ulong>(), Gen.Choose(0, 63).ToArbitrary(), static (number, shift) =>
        {
            var bytes = Math.Max(number << shift, 1UL << 20);
            return KeyLifeText.TryParseSize(Encoding.ASCII.GetBytes(KeyLifeText.FormatSize(bytes)), out var read) && read == bytes;
        }));
    }
}
