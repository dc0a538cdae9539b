using Microsoft.Win32;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Cli.Windows.Service;

/// <summary>The settings of a service beyond its start: description, an identity of its own, few privileges, time to end before the machine goes down, and another start where it fails.</summary>
/// <remarks>References: Microsoft's page ChangeServiceConfig2W and those of its structures.</remarks>
internal static unsafe class ServiceSettings
{
    /// <summary>Milliseconds before the first start anew, the second, and each that follows.</summary>
    public static readonly uint[] RetryDelays = [5_000, 15_000, 60_000];

    /// <summary>Milliseconds that the service has when the machine goes down.</summary>
    public const uint PreshutdownMilliseconds = 30_000;

    private static readonly string[] Variables = ["DOTNET_EnableDiagnostics=0"];

    /// <summary>After so many seconds without a failure the first delay holds again.</summary>
    private const uint ResetSeconds = 24 * 60 * 60;

    /// <summary>Sets them. Returns the names of those that this Windows did not take.</summary>
    public static IReadOnlyList<string> Apply(nint service, TunnelService tunnel)
    {
        var refused = new List<string>();
        fixed (char* text = tunnel.Description, privileges = List(TunnelService.Privileges))
        {
            var description = new Advapi32.SERVICE_DESCRIPTIONW { lpDescription = text };
            Set(Advapi32.SERVICE_CONFIG_DESCRIPTION, &description, "its description");
            var sid = Advapi32.SERVICE_SID_TYPE_UNRESTRICTED;
            Set(Advapi32.SERVICE_CONFIG_SERVICE_SID_INFO, &sid, "an identity of its own");
            var required = new Advapi32.SERVICE_REQUIRED_PRIVILEGES_INFOW { pmszRequiredPrivileges = privileges };
            Set(Advapi32.SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO, &required, "fewer privileges");
            var preshutdown = PreshutdownMilliseconds;
            Set(Advapi32.SERVICE_CONFIG_PRESHUTDOWN_INFO, &preshutdown, "time to end before the machine goes down");
            var actions = stackalloc Advapi32.SC_ACTION[RetryDelays.Length];
            for (var i = 0; i < RetryDelays.Length; i++) actions[i] = new Advapi32.SC_ACTION { Type = Advapi32.SC_ACTION_RESTART, Delay = RetryDelays[i] };
            var failure = new Advapi32.SERVICE_FAILURE_ACTIONSW { dwResetPeriod = ResetSeconds, cActions = tunnel.IsAutomatic ? (uint)RetryDelays.Length : 0, lpsaActions = actions };
            Set(Advapi32.SERVICE_CONFIG_FAILURE_ACTIONS, &failure, "another start where it fails");
            // Also where it ends by itself with an error, not only where its process dies.
            var always = tunnel.IsAutomatic ? 1u : 0;
            Set(Advapi32.SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, &always, "another start where it ends with an error");
        }
        if (!TrySetEnvironment(tunnel)) refused.Add("an environment of its own");
        return refused;

        void Set(uint level, void* information, string what)
        {
            if (Advapi32.ChangeServiceConfig2W(service, level, information) == 0) refused.Add(what);
        }
    }

    /// <summary>What the runtime takes from the environment alone, before the program's first line: no port for diagnostics in a process that reads keys.</summary>
    private static bool TrySetEnvironment(TunnelService tunnel)
    {
        if (!OperatingSystem.IsWindows()) return false;
        try
        {
            using var key = Registry.LocalMachine.OpenSubKey(@"SYSTEM\CurrentControlSet\Services\" + tunnel.Name, writable: true);
            key?.SetValue("Environment", Variables, RegistryValueKind.MultiString);
            return key is not null;
        }
        catch (Exception refused) when (refused is UnauthorizedAccessException or IOException or System.Security.SecurityException)
        {
            return false;
        }
    }

    /// <summary>Strings as Windows takes a list of them: each with a zero behind it, and one more zero.</summary>
    internal static string List(IEnumerable<string> strings) => string.Concat(strings.Select(static text => text + '\0')) + '\0';
}
