using System.Globalization;

namespace PfsVpn.Cli.Doctor.Checks;

/// <summary>How much memory may be locked: keys are never in memory that is not.</summary>
internal sealed class MemlockCheck : IHostCheck<ILinuxProbe>
{
    private const int CAP_IPC_LOCK = 14;
    private const long Least = 64 * 1024, Comfortable = 1024 * 1024;

    /// <inheritdoc/>
    public string Name => "memlock";

    /// <inheritdoc/>
    public IEnumerable<Finding> Examine(ILinuxProbe probe)
    {
        if (RightsCheck.Capabilities(probe) is { } capabilities && (capabilities & (1UL << CAP_IPC_LOCK)) != 0)
        {
            yield return Finding.Ok("memory may be locked without limit (CAP_IPC_LOCK)");
            yield break;
        }
        const string field = "Max locked memory";
        var limit = probe.Text("/proc/self/limits")?.Split('\n').FirstOrDefault(static line => line.StartsWith(field, StringComparison.Ordinal))?[field.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        if (limit is null) yield return Finding.Skipped("/proc/self/limits cannot be read");
        else if (limit == "unlimited") yield return Finding.Ok("memory may be locked without limit");
        else if (!long.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)) yield return Finding.Skipped($"the limit of locked memory cannot be read: {limit}");
        else if (bytes < Least) yield return Finding.Problem($"only {bytes / 1024} KiB of memory may be locked: keys have no place", "ulimit -l 1024 (kilobytes), LimitMEMLOCK=1M in a unit, or memlock in /etc/security/limits.conf");
        else if (bytes < Comfortable) yield return Finding.Warning($"{bytes / 1024} KiB of memory may be locked: enough for a few hundred peers", "for more, raise it: ulimit -l 8192 (kilobytes), or LimitMEMLOCK=8M in a unit");
        else yield return Finding.Ok($"{bytes / 1024} KiB of memory may be locked");
    }
}
