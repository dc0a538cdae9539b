using System.Buffers.Binary;

namespace PfsVpn.Noise;

/// <summary>A TAI64N timestamp, whose nanoseconds are rounded down to a multiple of 2^24 (16.8 ms) where it is ours, so that the clock leaks less.</summary>
/// <remarks>
/// References: https://cr.yp.to/libtai/tai64.html, WireGuard paper §5.1 and §5.4.2. Sizes: 12 bytes, big-endian: 2^62 + 10 + unix seconds, nanoseconds.
/// Threading: immutable. The default is less than every timestamp that a clock makes, and means "none yet".
/// </remarks>
internal readonly struct Tai64n : IComparable<Tai64n>, IEquatable<Tai64n>
{
    /// <summary>Size in bytes.</summary>
    public const int SizeInBytes = 12;

    /// <summary>The granularity of our own timestamps: 2^24 ns.</summary>
    public const uint StepInNanoseconds = 1 << 24;

    private const ulong UnixEpoch = (1UL << 62) + 10;
    private const uint NanosecondsPerSecond = 1_000_000_000;

    private Tai64n(ulong seconds, uint nanoseconds)
    {
        Seconds = seconds;
        Nanoseconds = nanoseconds;
    }

    /// <summary>2^62 + 10 + unix seconds. One that was received may be any number.</summary>
    public ulong Seconds { get; }

    /// <summary>The nanoseconds. One that was received may be any number.</summary>
    public uint Nanoseconds { get; }

    /// <summary>The timestamp of a moment of the wall clock, counted from 1970-01-01T00:00:00Z, rounded down to a step.</summary>
    public static Tai64n FromUnix(TimeSpan sinceEpoch)
    {
        var (seconds, ticks) = Math.DivRem(sinceEpoch.Ticks, TimeSpan.TicksPerSecond);
        if (ticks < 0)
        {
            seconds--;
            ticks += TimeSpan.TicksPerSecond;
        }
        var nanoseconds = (uint)ticks * (uint)TimeSpan.NanosecondsPerTick;
        return new Tai64n(unchecked(UnixEpoch + (ulong)seconds), nanoseconds & ~(StepInNanoseconds - 1));
    }

    /// <summary>Reads 12 bytes.</summary>
    public static Tai64n Read(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]));

    /// <summary>Writes 12 bytes.</summary>
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Seconds);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[8..], Nanoseconds);
    }

    /// <summary>The next timestamp of our own: one step later, or the start of the next second.</summary>
    public Tai64n NextStep() => Nanoseconds + StepInNanoseconds < NanosecondsPerSecond
        ? new Tai64n(Seconds, Nanoseconds + StepInNanoseconds)
        : new Tai64n(Seconds + 1, 0);

    /// <inheritdoc/>
    public int CompareTo(Tai64n other) => Seconds != other.Seconds ? Seconds.CompareTo(other.Seconds) : Nanoseconds.CompareTo(other.Nanoseconds);

    /// <inheritdoc/>
    public bool Equals(Tai64n other) => Seconds == other.Seconds && Nanoseconds == other.Nanoseconds;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Tai64n other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Seconds, Nanoseconds);

    /// <summary>The label of the format, in hexadecimal: @400000006a1b2c3d0d000000.</summary>
    public override string ToString() => $"@{Seconds:x16}{Nanoseconds:x8}";

    /// <summary>Whether both are the same.</summary>
    public static bool operator ==(Tai64n left, Tai64n right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(Tai64n left, Tai64n right) => !left.Equals(right);

    /// <summary>Earlier.</summary>
    public static bool operator <(Tai64n left, Tai64n right) => left.CompareTo(right) < 0;

    /// <summary>Later.</summary>
    public static bool operator >(Tai64n left, Tai64n right) => left.CompareTo(right) > 0;

    /// <summary>Earlier or the same.</summary>
    public static bool operator <=(Tai64n left, Tai64n right) => left.CompareTo(right) <= 0;

    /// <summary>Later or the same.</summary>
    public static bool operator >=(Tai64n left, Tai64n right) => left.CompareTo(right) >= 0;
}
