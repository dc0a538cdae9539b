namespace PfsVpn.Timers;

/// <summary>A moment on the boot clock (CLOCK_BOOTTIME), in nanoseconds: it runs on during suspend and never goes back.</summary>
/// <remarks>Threading: immutable. A parameter everywhere in the sans-IO core; only Runtime reads the clock.</remarks>
/// <param name="Nanoseconds">Nanoseconds since boot. 0 means "never" where a field says so.</param>
internal readonly record struct MonotonicTime(long Nanoseconds) : IComparable<MonotonicTime>
{
    /// <summary>Never: later than every deadline.</summary>
    public static MonotonicTime Infinite { get; } = new(long.MaxValue);

    /// <summary>Whether the value is the default, "not set".</summary>
    public bool IsUnset => Nanoseconds == 0;

    /// <inheritdoc/>
    public int CompareTo(MonotonicTime other) => Nanoseconds.CompareTo(other.Nanoseconds);

    /// <summary>The moment <paramref name="span"/> later.</summary>
    public static MonotonicTime operator +(MonotonicTime time, TimeSpan span) => new(time.Nanoseconds + (span.Ticks * 100));

    /// <summary>The moment <paramref name="span"/> earlier.</summary>
    public static MonotonicTime operator -(MonotonicTime time, TimeSpan span) => new(time.Nanoseconds - (span.Ticks * 100));

    /// <summary>The time from <paramref name="right"/> to <paramref name="left"/>, in steps of 100 ns.</summary>
    public static TimeSpan operator -(MonotonicTime left, MonotonicTime right) => new((left.Nanoseconds - right.Nanoseconds) / 100);

    /// <summary>Earlier.</summary>
    public static bool operator <(MonotonicTime left, MonotonicTime right) => left.Nanoseconds < right.Nanoseconds;

    /// <summary>Later.</summary>
    public static bool operator >(MonotonicTime left, MonotonicTime right) => left.Nanoseconds > right.Nanoseconds;

    /// <summary>Earlier or the same.</summary>
    public static bool operator <=(MonotonicTime left, MonotonicTime right) => left.Nanoseconds <= right.Nanoseconds;

    /// <summary>Later or the same.</summary>
    public static bool operator >=(MonotonicTime left, MonotonicTime right) => left.Nanoseconds >= right.Nanoseconds;
}
