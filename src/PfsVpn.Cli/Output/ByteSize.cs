using System.Globalization;

namespace PfsVpn.Cli.Output;

/// <summary>Numbers of bytes as people read them: 1.50 KiB.</summary>
internal static class ByteSize
{
    private static readonly string[] Units = ["KiB", "MiB", "GiB", "TiB"];

    /// <summary>The number and its unit. Two decimals, halves rounded to even, as the C library does it and the framework does not.</summary>
    public static (string Number, string Unit) Format(ulong bytes)
    {
        if (bytes < 1024) return (bytes.ToString(CultureInfo.InvariantCulture), "B");
        var unit = 0;
        while (unit < Units.Length - 1 && bytes >> (10 * (unit + 2)) != 0) unit++;
        var shift = 10 * (unit + 1);
        // A double holds 53 bits: what C shows of larger numbers is what is left of them there.
        var hundredths = (UInt128)(double)bytes * 100;
        var whole = hundredths >> shift;
        var rest = hundredths - (whole << shift);
        var half = UInt128.One << (shift - 1);
        if (rest > half || (rest == half && !UInt128.IsEvenInteger(whole))) whole++;
        return (string.Create(CultureInfo.InvariantCulture, $"{(ulong)(whole / 100)}.{(uint)(whole % 100):D2}"), Units[unit]);
    }
}
