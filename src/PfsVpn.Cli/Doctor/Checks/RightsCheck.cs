using System.Globalization;

namespace PfsVpn.Cli.Doctor.Checks;

/// <summary>Who runs this, and what the kernel lets them do.</summary>
internal sealed class RightsCheck : IHostCheck<ILinuxProbe>
{
    private const int CAP_NET_ADMIN = 12;

    /// <inheritdoc/>
    public string Name => "rights";

    /// <inheritdoc/>
    public IEnumerable<Finding> Examine(ILinuxProbe probe)
    {
        var capabilities = Capabilities(probe);
        if (capabilities is null) yield return Finding.Skipped("/proc/self/status cannot be read, so it is not known what is allowed");
        else if ((capabilities & (1UL << CAP_NET_ADMIN)) != 0) yield return Finding.Ok("networks may be configured (CAP_NET_ADMIN)");
        else if (probe.IsRoot) yield return Finding.Problem("root, but without CAP_NET_ADMIN: no tunnel can be made", "give the container the capability: docker run --cap-add NET_ADMIN --device /dev/net/tun");
        else yield return new Finding(Verdict.Skipped, "not root: running interfaces, private files and the firewall are not seen", "run it as root: sudo pfsvpn doctor");
    }

    /// <summary>The effective capabilities, or null where they are not known.</summary>
    public static ulong? Capabilities(ILinuxProbe probe) =>
        ulong.TryParse(Field(probe, "CapEff:"), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var set) ? set : null;

    private static string? Field(ILinuxProbe probe, string name) =>
        probe.Text("/proc/self/status")?.Split('\n').FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim();
}
