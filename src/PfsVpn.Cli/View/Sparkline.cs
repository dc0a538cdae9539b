namespace PfsVpn.Cli.View;

/// <summary>A line of small bars. Nothing is a space, so that a silent peer is silent to the eye too.</summary>
internal static class Sparkline
{
    /// <summary>Bytes per second that fill a bar at least: keepalives are not to look like a download.</summary>
    private const float Floor = 1024;

    private const string Blocks = "▁▂▃▄▅▆▇█", Letters = ".:-=+*%#";

    /// <summary>The bars of up to <paramref name="width"/> latest rates, the newest at the right.</summary>
    /// <param name="histories">What is added up.</param>
    /// <param name="width">Characters.</param>
    /// <param name="isUnicode">Whether the terminal shows block elements; else ASCII stands for them.</param>
    public static string Draw(ReadOnlySpan<RateHistory> histories, int width, bool isUnicode)
    {
        Span<float> sum = stackalloc float[RateHistory.Capacity];
        Span<float> one = stackalloc float[RateHistory.Capacity];
        sum.Clear();
        foreach (var history in histories)
        {
            one.Clear();
            history.CopyTo(one);
            for (var i = 0; i < sum.Length; i++) sum[i] += one[i];
        }
        var shown = sum[Math.Max(0, sum.Length - width)..];
        var most = Floor;
        foreach (var rate in shown) most = Math.Max(most, rate);
        var steps = isUnicode ? Blocks : Letters;
        Span<char> bars = stackalloc char[shown.Length];
        for (var i = 0; i < shown.Length; i++) bars[i] = shown[i] <= 0 ? ' ' : steps[Math.Min(steps.Length - 1, (int)(shown[i] / most * steps.Length))];
        return new string(bars).PadLeft(width);
    }
}
