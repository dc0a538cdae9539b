using System.Diagnostics;
using System.Globalization;

namespace PfsVpn.SystemTests.Harness;

/// <summary>Waits for conditions. The bounds are only there to end a test that will never succeed: they are far above what a condition takes.</summary>
public static class Wait
{
    /// <summary>The bound where none is said.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    /// <summary>Asks again and again until <paramref name="condition"/> holds.</summary>
    public static Task UntilAsync(string what, Func<Task<bool>> condition, TimeSpan? bound = null) =>
        ForAsync(what, async () => await condition() ? "" : null, bound);

    /// <summary>Asks again and again until <paramref name="condition"/> holds.</summary>
    public static Task UntilAsync(string what, Func<bool> condition, TimeSpan? bound = null) =>
        ForAsync(what, () => Task.FromResult(condition() ? "" : null), bound);

    /// <summary>Asks again and again until there is a value.</summary>
    public static async Task<T> ForAsync<T>(string what, Func<Task<T?>> query, TimeSpan? bound = null)
        where T : class
    {
        var limit = bound ?? Bound;
        var watch = Stopwatch.StartNew();
        for (var pause = 2; ; pause = Math.Min(pause * 2, 50))
        {
            var value = await query();
            if (value is not null) return value;
            if (watch.Elapsed > limit)
                throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"Waited {limit.TotalSeconds:0} s in vain for: {what}"));
            await Task.Delay(pause);
        }
    }
}
