namespace PfsVpn.SystemTests.Daemon;

internal static class RootRequirement
{
    public static string? ReasonToSkip { get; } = Reason();

    private static string? Reason()
    {
        if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI"))) return null;
        if (!Environment.IsPrivilegedProcess) return "needs root, to make interfaces and network namespaces";
        return File.Exists("/dev/net/tun") ? null : "needs /dev/net/tun";
    }
}
