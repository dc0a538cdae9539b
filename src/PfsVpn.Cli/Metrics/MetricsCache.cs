namespace PfsVpn.Cli.Metrics;

/// <summary>Lets the daemons be asked once a second at most. Whoever comes while they are asked, or within that second, gets the same answer.</summary>
/// <remarks>Threading: any thread. Holds one answer, in both formats once they were wanted.</remarks>
internal sealed class MetricsCache(Func<MetricSet> collect, TimeProvider clock)
{
    /// <summary>How long an answer is shared.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private Task<Page>? _page;
    private long _asked;

    /// <summary>The text of an answer that is at most as old as <see cref="Life"/>, or as asking takes.</summary>
    public async Task<byte[]> GetAsync(bool openMetrics)
    {
        var page = await Current().ConfigureAwait(false);
        return openMetrics ? page.OpenMetrics.Value : page.Text.Value;
    }

    private Task<Page> Current()
    {
        lock (_gate)
        {
            if (_page is { } page && (!page.IsCompleted || (page.IsCompletedSuccessfully && clock.GetElapsedTime(_asked) < Life))) return page;
            _asked = clock.GetTimestamp();
            return _page = Task.Run(() => new Page(collect()));
        }
    }

    private sealed class Page(MetricSet values)
    {
        public Lazy<byte[]> Text { get; } = new(() => values.ToText(openMetrics: false));

        public Lazy<byte[]> OpenMetrics { get; } = new(() => values.ToText(openMetrics: true));
    }
}
