using System.Diagnostics;
using System.Runtime.Versioning;
using System.Security.Principal;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Cli.Windows.Native;

/// <summary>Does something as LocalSystem, as a service does, for an administrator at a console: what only the system itself can open is his to open, too.</summary>
/// <remarks>
/// References: Microsoft's pages DuplicateTokenEx and SetThreadToken; github.com/WireGuard/wireguard-windows, elevate. The token is that of winlogon.exe, of which each session has one, and only this thread has it, only meanwhile.
/// It takes the privilege to debug, which administrators have.
/// </remarks>
internal static unsafe class SystemAccount
{
    private const string Debug = "SeDebugPrivilege", Donor = "winlogon";

    /// <summary>Whether this process is a service of the system already; a service that runs under another account by the administrator's will counts as that.</summary>
    public static bool IsCurrent => OperatingSystem.IsWindows() && (WindowsServiceHost.IsService || IsLocalSystem());

    /// <summary>Does it; null where it cannot be done as the system, or gives null.</summary>
    public static T? TryRun<T>(Func<T?> action)
        where T : class
    {
        using var privilege = PrivilegeScope.TryEnable(Debug);
        foreach (var process in Process.GetProcessesByName(Donor))
        {
            using (process)
            {
                var token = TryDuplicate(process.Id);
                if (token == 0) continue;
                try
                {
                    if (Advapi32.SetThreadToken(null, token) == 0) continue;
                    try
                    {
                        return action();
                    }
                    finally
                    {
                        // A thread that stays the system is worse than a program that ends.
                        if (Advapi32.SetThreadToken(null, 0) == 0) Environment.FailFast("this thread cannot be the user's again");
                    }
                }
                finally
                {
                    _ = Kernel32.CloseHandle(token);
                }
            }
        }
        return null;
    }

    [SupportedOSPlatform("windows")]
    private static bool IsLocalSystem()
    {
        using var user = WindowsIdentity.GetCurrent();
        return user.IsSystem;
    }

    private static nint TryDuplicate(int processId)
    {
        nint token = 0, duplicate = 0;
        var process = Kernel32.OpenProcess(Kernel32.PROCESS_QUERY_LIMITED_INFORMATION, 0, (uint)processId);
        if (process == 0) return 0;
        if (Advapi32.OpenProcessToken(process, Advapi32.TOKEN_DUPLICATE | Advapi32.TOKEN_QUERY, &token) != 0)
        {
            if (!IsOfSystem(token) || Advapi32.DuplicateTokenEx(token, Advapi32.TOKEN_IMPERSONATE | Advapi32.TOKEN_QUERY | Advapi32.TOKEN_DUPLICATE, null, Advapi32.SecurityImpersonation, Advapi32.TokenImpersonation, &duplicate) == 0)
                duplicate = 0;
            _ = Kernel32.CloseHandle(token);
        }
        _ = Kernel32.CloseHandle(process);
        return duplicate;
    }

    /// <summary>Any program may be called winlogon.exe.</summary>
    private static bool IsOfSystem(nint token)
    {
        const int Room = 256;
        var user = stackalloc byte[Room];
        uint needed;
        // TOKEN_USER begins with a pointer to the SID.
        return Advapi32.GetTokenInformation(token, Advapi32.TokenUser, user, Room, &needed) != 0 && Advapi32.IsWellKnownSid(*(void**)user, Advapi32.WinLocalSystemSid) != 0;
    }
}
