using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Quick;

/// <summary>The stock wg-quick, to compare with.</summary>
internal static class WgQuick
{
    /// <summary>Why it cannot be compared with here, or null.</summary>
    public static string? Missing { get; } = Requirements.Missing
        ?? (Directory.Exists("/sys/module/wireguard") ? "wg-quick would use the kernel's own WireGuard, which is loaded here" : null)
        ?? (Requirements.Find("resolvconf") is null ? "missing program: resolvconf (test.sh installs openresolv)" : null);

    /// <summary>Where it is.</summary>
    public static string Program { get; } = Requirements.Find("wg-quick") ?? "wg-quick";

    /// <summary>With pfsvpnd as its daemon.</summary>
    public static IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["WG_QUICK_USERSPACE_IMPLEMENTATION"] = Programs.Daemon,
        ["WG_ENDPOINT_RESOLUTION_RETRIES"] = "0",
        ["PATH"] = System.Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin",
    };
}

/// <summary>A test that compares with the stock wg-quick.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class QuickTheoryAttribute : TheoryAttribute
{
    public QuickTheoryAttribute() => Skip = Requirements.Skip(WgQuick.Missing);
}

/// <summary>The same for one case.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class QuickFactAttribute : FactAttribute
{
    public QuickFactAttribute() => Skip = Requirements.Skip(WgQuick.Missing);
}
