namespace PfsVpn.Cli.Rootless;

/// <summary>Why a user may make no namespaces, and what to do: there are several switches, and the kernel's errno tells them hardly apart.</summary>
internal static class NamespaceRefusal
{
    private static readonly (string File, string Off, string Words)[] Switches =
    [
        ("user/max_user_namespaces", "0", "user namespaces are off on this system (user.max_user_namespaces = 0). Allow them, as root: sysctl -w user.max_user_namespaces=10000"),
        ("kernel/unprivileged_userns_clone", "0", "user namespaces are off for users other than root (kernel.unprivileged_userns_clone = 0). Allow them, as root: sysctl -w kernel.unprivileged_userns_clone=1"),
        ("user/max_net_namespaces", "0", "network namespaces are off on this system (user.max_net_namespaces = 0). Allow them, as root: sysctl -w user.max_net_namespaces=10000"),
        ("user/max_mnt_namespaces", "0", "mount namespaces are off on this system (user.max_mnt_namespaces = 0). Allow them, as root: sysctl -w user.max_mnt_namespaces=10000"),
        ("kernel/apparmor_restrict_unprivileged_userns", "1",
            "AppArmor takes the rights in user namespaces away (kernel.apparmor_restrict_unprivileged_userns = 1). Allow them, as root: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"),
    ];

    /// <summary>A sentence that says what is off, or what else it may be, and what to do.</summary>
    /// <param name="settings">The folder of the kernel's settings: /proc/sys.</param>
    public static string Explain(string settings = "/proc/sys")
    {
        foreach (var (file, off, words) in Switches)
        {
            if (Read(Path.Join(settings, file)) == off) return $"{words} (to keep it: a file in /etc/sysctl.d)";
        }
        return "the system refuses namespaces of the user's own. In a container, its runtime does: allow unshare and mount in its seccomp profile (docker: --security-opt seccomp=unconfined), or run pfsvpn outside";
    }

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
