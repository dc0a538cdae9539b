namespace PfsVpn.Cli.Metrics;

/// <summary>How a value behaves.</summary>
internal enum MetricType
{
    /// <summary>It goes up and down.</summary>
    Gauge,

    /// <summary>It only grows, until the daemon starts anew.</summary>
    Counter,
}

/// <summary>One metric: its name, what it means, and the names of its labels in their order.</summary>
/// <remarks>References: https://prometheus.io/docs/practices/naming/ and /docs/instrumenting/exposition_formats/. The names of counters end in <c>_total</c>.</remarks>
internal sealed record MetricFamily(string Name, MetricType Type, string Help, IReadOnlyList<string> Labels)
{
    /// <summary>What the name of a counter ends with.</summary>
    public const string CounterSuffix = "_total";

    /// <summary>The name of the family in OpenMetrics, where the suffix belongs to the samples only.</summary>
    public string OpenMetricsName => Type == MetricType.Counter ? Name[..^CounterSuffix.Length] : Name;

    /// <summary>The word for <see cref="Type"/> in both formats.</summary>
    public string TypeWord => Type == MetricType.Counter ? "counter" : "gauge";
}
