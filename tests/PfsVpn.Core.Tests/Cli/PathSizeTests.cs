using PfsVpn.Cli.Paths;

namespace PfsVpn.Tests.Cli;

/// <summary>The search for the largest packet that passes.</summary>
public sealed class PathSizeTests
{
    [Theory]
    [InlineData(1500, 1500)]
    [InlineData(1499, 1496)]
    [InlineData(1400, 1400)]
    [InlineData(1397, 1396)]
    [InlineData(1280, 1280)]
    public void It_finds_what_passes_to_four_bytes(int passes, int found) => Assert.Equal(found, PathSize.Largest(isV4: false, 1500, sizes => sizes.Where(size => size <= passes).ToHashSet()));

    [Fact]
    public void A_path_that_does_not_answer_is_not_known()
    {
        Assert.Null(PathSize.Largest(isV4: false, 1500, static _ => null));
        Assert.Null(PathSize.Largest(isV4: true, 1500, static _ => new HashSet<int>()));
    }

    [Fact]
    public void A_packet_that_is_lost_once_is_asked_again()
    {
        var round = 0;
        Assert.Equal(1500, PathSize.Largest(isV4: false, 1500, sizes => sizes.Where(size => round++ > 0 || size < 1400).ToHashSet()));
    }
}
