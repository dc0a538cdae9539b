using System.Globalization;
using PfsVpn.Transport;

namespace PfsVpn.Configuration;

/// <summary>The lives of keys as text: in files, on the command line of <c>set</c>, and on the control interface.</summary>
/// <remarks>0 stands for what applies where nothing is said. Threading: pure functions.</remarks>
internal static class KeyLifeText
{
    /// <summary>What seconds may be, for messages.</summary>
    public const string AllowedSeconds = "from 10 to 120 seconds";

    /// <summary>What bytes may be, for messages.</summary>
    public const string AllowedBytes = "of at least 1M (1048576 bytes)";

    private const string Suffixes = "KMG";

    /// <summary>Reads <c>rekey_after_time</c>: digits, 0 or a life that can be.</summary>
    public static bool TryParseSeconds(ReadOnlySpan<byte> text, out ushort seconds)
    {
        var valid = UapiText.TryParseNumber(text, KeyLife.MaxRekeyAfterSeconds, out var number) && number is 0 or >= KeyLife.MinRekeyAfterSeconds;
        seconds = (ushort)number;
        return valid;
    }

    /// <summary>Reads <c>rekey_after_bytes</c>: digits, 0 or a limit that can be.</summary>
    public static bool TryParseBytes(ReadOnlySpan<byte> text, out ulong bytes) =>
        UapiText.TryParseNumber(text, ulong.MaxValue, out bytes) && bytes is 0 or >= KeyLife.MinRekeyAfterBytes;

    /// <summary>Reads a number of bytes as people write it: digits and, behind them, K, M or G in either case, powers of 1024.</summary>
    public static bool TryParseSize(ReadOnlySpan<byte> text, out ulong bytes)
    {
        var shift = text.IsEmpty ? 0 : 10 * (Suffixes.IndexOf((char)(text[^1] & ~0x20), StringComparison.Ordinal) + 1);
        if (shift != 0) text = text[..^1];
        if (!UapiText.TryParseNumber(text, ulong.MaxValue >> shift, out bytes)) return false;
        bytes <<= shift;
        return bytes is 0 or >= KeyLife.MinRekeyAfterBytes;
    }

    /// <summary>Writes a number of bytes so that <see cref="TryParseSize"/> reads the same: 512M, 1G, 1048577.</summary>
    public static string FormatSize(ulong bytes)
    {
        for (var power = Suffixes.Length; bytes != 0 && power > 0; power--)
        {
            var unit = 1UL << (10 * power);
            if (bytes % unit == 0) return (bytes / unit).ToString(CultureInfo.InvariantCulture) + Suffixes[power - 1];
        }
        return bytes.ToString(CultureInfo.InvariantCulture);
    }
}
