namespace PfsVpn.Tests.Tun;

/// <summary>A test that needs root, /dev/net/tun and network namespaces. Without them it is skipped, except under CI, where it runs and fails.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NetworkFactAttribute : FactAttribute
{
    public NetworkFactAttribute()
    {
        if (Environment.GetEnvironmentVariable("CI") is { Length: > 0 }) return;
        if (!OperatingSystem.IsLinux()) Skip = "needs Linux";
        else if (!Environment.IsPrivilegedProcess) Skip = "needs root, for network namespaces and TUN devices";
        else if (!File.Exists("/dev/net/tun")) Skip = "needs /dev/net/tun ('modprobe tun', or --device /dev/net/tun for a container)";
    }
}
