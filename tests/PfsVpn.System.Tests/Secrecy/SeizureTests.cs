using PfsVpn.Lab.Seizure;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Secrecy;

/// <summary>The seizure experiment for real, in its quick form.</summary>
public sealed class SeizureTests(ITestOutputHelper output)
{
    /// <summary>Takes 40 s and what the attack takes: keys end by the clock, after 10 and 15 s at the earliest, and there must be some that have ended.</summary>
    [Fact]
    public void Whoever_seizes_both_machines_reads_the_live_sessions_and_nothing_older()
    {
        var options = new SeizureOptions { Talk = TimeSpan.FromSeconds(40), RekeyAfterSeconds = 10 };
        var (product, control) = SeizureExperiment.Run(options, output.WriteLine, CancellationToken.None);
        output.WriteLine($"{SeizureReport.Of(product)}\n{SeizureReport.Of(control)}\n{SeizureReport.Verdict(product, control)}");

        Assert.InRange(product.Sessions, 3, 10);
        Assert.InRange(product.LiveSessions, 1, 3);
        Assert.Equal(0, product.ReadBeyond);
        Assert.InRange(product.Read, 1, product.Messages.Count - 1);
        Assert.Equal(0, product.OpenedHandshakes);
        Assert.Equal(0, product.EphemeralKeysInMemory);
        // Two keys of each session that lives; each in the arena and nowhere else.
        Assert.InRange(product.DistinctKeysInMemory, 2, 2 * product.LiveSessions);
        Assert.All(product.KeysInMemory, key => Assert.EndsWith("[locked memory]", key.Place, StringComparison.Ordinal));
        // Not protected, and said so: who sent each initiation, and when.
        Assert.Equal(product.Sessions, product.Identities);
        Assert.Equal(product.Sessions, product.Timestamps);

        Assert.InRange(control.Sessions, 3, 10);
        Assert.Equal(control.Messages.Count, control.Read);
        Assert.Equal(control.Sessions, control.OpenedHandshakes);
    }
}
