using PfsVpn.Crypto;
using PfsVpn.Runtime;

namespace PfsVpn.Tests.Runtime;

/// <summary>A long run that several threads share is opened as one thread would.</summary>
public sealed class OpeningCrewTests : IDisposable
{
    private readonly SecretArena _arena = SecretArena.Create();
    private readonly SecretKey _key;

    public OpeningCrewTests()
    {
        _key = _arena.Allocate();
        _key.Randomize(SystemRandom.Instance);
    }

    [Theory]
    [InlineData(1, 1400, 200)]
    [InlineData(3, 1400, 1000)]
    [InlineData(3, 64, 4000)]
    public void Every_packet_is_opened_once_and_forged_ones_are_found(int members, int length, int count)
    {
        using var crew = new OpeningCrew(members);
        using var opener = new CrewOpener(crew);
        using var run = new SealedRun(_key, count, length);
        for (var round = 0; round < 50; round++)
        {
            var forged = run.SealAndForge(round);
            Assert.Equal(count - forged, run.Open(opener));
            run.AssertOpened();
        }
        Assert.Equal(50, crew.SharedRuns);
    }

    [Fact]
    public void A_short_run_is_not_worth_waking_anybody()
    {
        using var crew = new OpeningCrew(1);
        using var opener = new CrewOpener(crew);
        using var run = new SealedRun(_key, 45, 1400);
        run.SealAndForge(0);
        run.Open(opener);
        run.AssertOpened();
        Assert.Equal(0, crew.SharedRuns);
    }

    [Fact]
    public async Task Two_pumps_at_once_do_not_mix_their_runs()
    {
        using var crew = new OpeningCrew(2);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Factory.StartNew(Pump, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        Assert.True(crew.SharedRuns > 0);

        void Pump()
        {
            using var key = _arena.Allocate();
            key.Randomize(SystemRandom.Instance);
            using var opener = new CrewOpener(crew);
            using var run = new SealedRun(key, 150, 1400);
            for (var round = 0; round < 200; round++)
            {
                var forged = run.SealAndForge(round);
                Assert.Equal(150 - forged, run.Open(opener));
                run.AssertOpened();
            }
        }
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        using var crew = new OpeningCrew(1);
        using var opener = new CrewOpener(crew);
        using var run = new SealedRun(_key, 150, 1400);
        for (var round = 0; round < 20; round++)
        {
            run.SealAndForge(round);
            run.Open(opener);
        }
        var least = long.MaxValue;
        for (var i = 0; i < 5 && least > 0; i++)
        {
            run.SealAndForge(0);
            var before = GC.GetAllocatedBytesForCurrentThread();
            run.Open(opener);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.Equal(0, least);
    }

    [Fact]
    public void An_erased_key_is_told_to_the_pump()
    {
        using var crew = new OpeningCrew(1);
        using var opener = new CrewOpener(crew);
        var key = _arena.Allocate();
        key.Randomize(SystemRandom.Instance);
        using var run = new SealedRun(key, 150, 1400);
        run.SealAndForge(0);
        key.Dispose();
        Assert.Throws<ObjectDisposedException>(() => run.Open(opener));
    }

    public void Dispose()
    {
        _key.Dispose();
        _arena.Dispose();
    }
}
