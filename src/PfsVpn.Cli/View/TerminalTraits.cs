namespace PfsVpn.Cli.View;

/// <summary>What the environment says about the terminal.</summary>
internal static class TerminalTraits
{
    /// <summary>What says which characters are, in the order of precedence.</summary>
    private static readonly string[] Locale = ["LC_ALL", "LC_CTYPE", "LANG"];

    /// <summary>Whether it can move the cursor at all. Consoles of Windows can, and no variable says so.</summary>
    public static bool CanMoveCursor(Func<string, string?> environment) => environment("TERM") is { Length: > 0 } term ? term != "dumb" : OperatingSystem.IsWindows();

    /// <summary>Whether colours are wanted. NO_COLOR (https://no-color.org) goes before everything but an explicit word for us.</summary>
    public static bool WantsColours(Func<string, string?> environment) => environment("WG_COLOR_MODE") switch
    {
        "always" => true,
        "never" => false,
        _ => string.IsNullOrEmpty(environment("NO_COLOR")),
    };

    /// <summary>Whether characters beyond ASCII are shown, by the locale; a console of Windows shows them.</summary>
    public static bool IsUnicode(Func<string, string?> environment)
    {
        var locale = Locale.Select(environment).FirstOrDefault(static value => !string.IsNullOrEmpty(value)) ?? "";
        if (locale.Length == 0) return OperatingSystem.IsWindows();
        return locale.Contains("UTF-8", StringComparison.OrdinalIgnoreCase) || locale.Contains("UTF8", StringComparison.OrdinalIgnoreCase);
    }
}
