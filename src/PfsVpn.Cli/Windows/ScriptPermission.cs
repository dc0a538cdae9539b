using Microsoft.Win32;

namespace PfsVpn.Cli.Windows;

/// <summary>Whether an administrator has allowed that commands of tunnels' files are run. They run with all rights, and a file may come from somebody else.</summary>
/// <remarks>As WireGuard for Windows has it, under a key of PfsVpn's own. Only administrators can write there.</remarks>
internal static class ScriptPermission
{
    /// <summary>How it is given, for messages.</summary>
    public const string HowTo = @"To allow it for all tunnels of this machine, as administrator: reg add HKLM\Software\PfsVpn /v DangerousScriptExecution /t REG_DWORD /d 1";

    private const string Key = @"Software\PfsVpn", Value = "DangerousScriptExecution";

    /// <summary>Asks the registry. Without the value, or with another one than 1, it is not allowed.</summary>
    public static bool IsGiven()
    {
        if (!OperatingSystem.IsWindows()) return false;
        using var machine = RegistryKey.OpenBaseKey(RegistryHive.LocalMachine, RegistryView.Registry64);
        using var key = machine.OpenSubKey(Key);
        return key?.GetValue(Value) is 1;
    }
}
