using System.Globalization;

namespace PfsVpn.Daemon.Hardening;

/// <summary>The lines of a <c>status</c> file of /proc.</summary>
/// <remarks>References: proc_pid_status(5).</remarks>
internal readonly struct ProcessStatus(string text)
{
    /// <summary>A hexadecimal set: 0 where there is no such line, all ones where it is no number.</summary>
    public ulong Set(string key) => Value(key) is { } value ? ulong.TryParse(value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var set) ? set : ulong.MaxValue : 0;

    /// <summary>A decimal number, with or without a unit behind it; 0 where there is none.</summary>
    public ulong Number(string key)
    {
        var value = Value(key)?.Split(' ')[0];
        return ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }

    private string? Value(string key)
    {
        var line = "\n" + key + ":";
        var start = text.IndexOf(line, StringComparison.Ordinal);
        if (start < 0) return null;
        start += line.Length;
        var end = text.IndexOf('\n', start);
        return (end < 0 ? text[start..] : text[start..end]).Trim();
    }
}
