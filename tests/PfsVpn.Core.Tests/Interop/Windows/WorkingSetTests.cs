using PfsVpn.Interop.Windows;

namespace PfsVpn.Tests.Interop.Windows;

public sealed class WorkingSetTests
{
    private const uint KiB = 1024, MiB = 1024 * KiB;

    [Theory]
    [InlineData(200 * KiB, 1380 * KiB, 16 * KiB, 200 * KiB + MiB, 200 * KiB + 2 * MiB)]
    [InlineData(200 * KiB, 1380 * KiB, 64 * MiB, 200 * KiB + 64 * MiB, 200 * KiB + 65 * MiB)]
    [InlineData(2 * MiB, 500 * MiB, 4 * KiB, 3 * MiB, 500 * MiB)]
    public void The_minimum_grows_by_what_is_needed_and_the_maximum_stays_above(uint minimum, uint maximum, uint length, uint newMinimum, uint newMaximum) =>
        Assert.Equal(((nuint)newMinimum, (nuint)newMaximum), WorkingSet.Grown(minimum, maximum, length));
}
