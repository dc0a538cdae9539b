using System.Collections.Concurrent;
using PfsVpn.Daemon.Watch;

namespace PfsVpn.SystemTests.Watch;

/// <summary>A sleeper that completes when the test says so.</summary>
internal sealed class RecordingSleeper : ISleeper
{
    private readonly BlockingCollection<string> _told = [];

    /// <summary>What its preparation waits for.</summary>
    public Task Preparation { get; set; } = Task.CompletedTask;

    public Task PrepareForSleepAsync()
    {
        _told.Add("prepare");
        return Preparation;
    }

    public void Resume() => _told.Add("resume");

    /// <summary>What it is told next.</summary>
    public string Next()
    {
        Assert.True(_told.TryTake(out var next, TimeSpan.FromSeconds(30)), "nothing was told");
        return next;
    }

    public bool WasTold => _told.Count != 0;
}
