using System.Security.Cryptography;
using System.Text;

namespace PfsVpn.Cli.Service;

/// <summary>A unit that this program brings along: those of configs/, with the place of the program written in.</summary>
internal static class UnitFile
{
    public const string Tunnel = "pfsvpn@.service", Target = "pfsvpn.target", Metrics = "pfsvpn-metrics.service";

    /// <summary>The program as the units of configs/ have it.</summary>
    private const string PlaceholderProgram = "/usr/local/bin/pfsvpn ";

    private const string MarkStart = "# Written by pfsvpn service install, sha256 ";

    /// <summary>The unit of a tunnel.</summary>
    public static string TunnelOf(string name) => $"pfsvpn@{name}.service";

    /// <summary>The text of a unit for a program, with a first line by which it is known again.</summary>
    /// <param name="unit">One of the names above.</param>
    /// <param name="program">The absolute path of <c>pfsvpn</c> on the system that will run it.</param>
    public static string Compose(string unit, string program)
    {
        using var stream = typeof(UnitFile).Assembly.GetManifestResourceStream("units/" + unit) ?? throw new InvalidOperationException($"{unit} is no part of this program.");
        using var reader = new StreamReader(stream);
        var text = reader.ReadToEnd().Replace(PlaceholderProgram, Quote(program) + " ", StringComparison.Ordinal);
        return Mark(unit, text) + text;
    }

    /// <summary>Whether a file's text is one that <see cref="Compose"/> made, by this or another version, and that nobody has changed since.</summary>
    public static bool IsOurs(string unit, string text)
    {
        if (!text.StartsWith(MarkStart, StringComparison.Ordinal)) return false;
        var body = text[(text.IndexOf('\n', StringComparison.Ordinal) + 1)..];
        return text.StartsWith(Mark(unit, body), StringComparison.Ordinal);
    }

    private static string Mark(string unit, string text) => $"{MarkStart}{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32]}. For changes of your own: systemctl edit {unit}\n";

    /// <summary>A path as the first word of ExecStart=: systemd.service(5) has quotes, and % for specifiers.</summary>
    private static string Quote(string path)
    {
        var escaped = path.Replace("%", "%%", StringComparison.Ordinal);
        return escaped.All(static letter => char.IsAsciiLetterOrDigit(letter) || "/._-+%".Contains(letter, StringComparison.Ordinal))
            ? escaped
            : $"\"{escaped.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
    }
}
