using PfsVpn.Tun;

namespace PfsVpn.Tests.Tun.Windows;

public sealed class WintunAdapterIdTests
{
    /// <summary>Computed with Python's hashlib.blake2s and uuid from what the class documents.</summary>
    [Theory]
    [InlineData("wg0", "cfbcf085-6453-862f-856b-27e8f55c5e6e")]
    [InlineData("Büro", "227ee707-f6ba-89da-8721-8b871a88d7ac")]
    public void The_GUID_of_a_name_is_always_this_one(string name, string expected) => Assert.Equal(new Guid(expected), WintunAdapterId.For(name));

    [Fact]
    public void Case_does_not_matter_and_nothing_else_is_equal()
    {
        Assert.Equal(WintunAdapterId.For("home"), WintunAdapterId.For("HOME"));
        var all = Enumerable.Range(0, 500).Select(number => WintunAdapterId.For($"wg{number}")).ToHashSet();
        Assert.Equal(500, all.Count);
        Assert.All(all, id => Assert.Equal(8, id.Version));
        Assert.All(all, id => Assert.InRange(id.Variant, 8, 11));
    }
}
