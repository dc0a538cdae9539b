using System.Globalization;

namespace PfsVpn.Cli.Output;

/// <summary>Spans of time in a table: 12 s, 1 min 12 s, 2 h 3 min, 4 d 5 h.</summary>
internal static class ShortTime
{
    private const long Minute = 60, Hour = 60 * Minute, Day = 24 * Hour;

    /// <summary>Whole seconds, rounded up: "at most" must stay true.</summary>
    public static string AtMost(double seconds) => Format((long)Math.Ceiling(Math.Clamp(seconds, 0, long.MaxValue / 2)));

    /// <summary>Whole seconds, rounded down: what has passed, or is left.</summary>
    public static string Whole(double seconds) => Format((long)Math.Clamp(seconds, 0, long.MaxValue / 2));

    /// <summary>Milliseconds, to two digits behind the point; seconds from ten of them on.</summary>
    public static string Milliseconds(double milliseconds) => milliseconds switch
    {
        0 => "0",
        >= 10_000 => AtMost(milliseconds / 1000),
        < 0.01 => "under 0.01 ms",
        _ => string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0.##} ms"),
    };

    private static string Format(long seconds) => seconds switch
    {
        < Minute => Join(seconds, "s", 0, ""),
        < Hour => Join(seconds / Minute, "min", seconds % Minute, "s"),
        < Day => Join(seconds / Hour, "h", seconds % Hour / Minute, "min"),
        _ => Join(seconds / Day, "d", seconds % Day / Hour, "h"),
    };

    private static string Join(long large, string largeUnit, long small, string smallUnit) =>
        small == 0 ? string.Create(CultureInfo.InvariantCulture, $"{large} {largeUnit}") : string.Create(CultureInfo.InvariantCulture, $"{large} {largeUnit} {small} {smallUnit}");
}
