using System.Globalization;

namespace PfsVpn.Cli.View;

/// <summary>Numbers for narrow columns: at most five characters for a size, six for a span of time.</summary>
internal static class CompactText
{
    private const double Kilo = 1024;
    private const long Minute = 60, Hour = 60 * Minute, Day = 24 * Hour;

    private static readonly string[] Units = ["B", "K", "M", "G", "T", "P", "E"];

    /// <summary>Bytes in powers of 1024: 512B, 1.5K, 23M.</summary>
    public static string Size(double bytes)
    {
        var unit = 0;
        // What would be rounded up to 1024 belongs to the next unit.
        while (bytes >= Kilo - 0.5 && unit < Units.Length - 1)
        {
            bytes /= Kilo;
            unit++;
        }
        return unit > 0 && bytes < 9.95
            ? string.Create(CultureInfo.InvariantCulture, $"{bytes:0.0}{Units[unit]}")
            : string.Create(CultureInfo.InvariantCulture, $"{bytes:0}{Units[unit]}");
    }

    /// <summary>A rate: as a size, and a dash where it is nothing.</summary>
    public static string Rate(double bytesPerSecond) => bytesPerSecond < 0.5 ? "-" : Size(bytesPerSecond);

    /// <summary>Whole seconds, rounded down: 12s, 1m12s, 2h03m, 4d05h, 1000d.</summary>
    public static string Span(double seconds)
    {
        var whole = (long)Math.Clamp(seconds, 0, 99_999.0 * Day);
        return whole switch
        {
            < Minute => string.Create(CultureInfo.InvariantCulture, $"{whole}s"),
            < Hour => string.Create(CultureInfo.InvariantCulture, $"{whole / Minute}m{whole % Minute:00}s"),
            < Day => string.Create(CultureInfo.InvariantCulture, $"{whole / Hour}h{whole % Hour / Minute:00}m"),
            < 100 * Day => string.Create(CultureInfo.InvariantCulture, $"{whole / Day}d{whole % Day / Hour:00}h"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{whole / Day}d"),
        };
    }
}
