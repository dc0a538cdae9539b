namespace PfsVpn.Cli.Windows;

/// <summary>What plain users are told.</summary>
internal static class AdministratorRight
{
    /// <summary>The complaint about a command that only an administrator may run.</summary>
    public static CliException Missing(string command, string what) => new($"pfsvpn {command}: only an administrator may change {what}; run this in an elevated window");
}
