using PfsVpn.Cli.Guard;
using PfsVpn.Packets;

namespace PfsVpn.Tests.Cli.Guard;

/// <summary>What is left of a prefix without others.</summary>
public sealed class ExcludedPrefixesTests
{
    [Theory]
    [InlineData("10.0.0.0/8", "192.168.0.0/16", "10.0.0.0/8")]
    [InlineData("10.0.0.0/8", "0.0.0.0/0", "")]
    [InlineData("10.0.0.0/30", "10.0.0.1/32", "10.0.0.0/32 10.0.0.2/31")]
    [InlineData("0.0.0.0/0", "128.0.0.0/1", "0.0.0.0/1")]
    [InlineData("fd00::/126", "fd00::3/128", "fd00::/127 fd00::2/128")]
    [InlineData("10.0.0.0/24", "fd00::/8", "10.0.0.0/24")]
    public void Whole_prefixes_are_left(string prefix, string excluded, string expected) =>
        Assert.Equal(expected, string.Join(' ', ExcludedPrefixes.Subtract(Parse(prefix), [Parse(excluded)])));

    [Fact]
    public void Every_address_is_either_left_or_excluded_and_none_is_left_twice()
    {
        var random = new Random(5);
        for (var round = 0; round < 200; round++)
        {
            var whole = new IpPrefix(new IpAddress(0x0A000000), 24);
            List<IpPrefix> excluded = [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => new IpPrefix(new IpAddress(0x0A000000 + (uint)random.Next(256)), random.Next(25, 33)))];
            var left = ExcludedPrefixes.Subtract(whole, excluded).ToList();
            for (uint last = 0; last < 256; last++)
            {
                var address = new IpAddress(0x0A000000 + last);
                var isExcluded = excluded.Exists(prefix => address.Mask(prefix.Length) == prefix.Address);
                Assert.Equal(isExcluded ? 0 : 1, left.Count(prefix => address.Mask(prefix.Length) == prefix.Address));
            }
        }
    }

    private static IpPrefix Parse(string text) => IpAddress.TryParse(text.AsSpan(0, text.IndexOf('/', StringComparison.Ordinal)), out var address)
        ? new IpPrefix(address, int.Parse(text.AsSpan(text.IndexOf('/', StringComparison.Ordinal) + 1), System.Globalization.CultureInfo.InvariantCulture))
        : throw new ArgumentException(text, nameof(text));
}
