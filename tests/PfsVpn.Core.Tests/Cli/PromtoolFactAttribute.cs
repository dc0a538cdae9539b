namespace PfsVpn.Tests.Cli;

/// <summary>A test that needs Prometheus' own tool.</summary>
internal sealed class PromtoolFactAttribute : FactAttribute
{
    public PromtoolFactAttribute()
    {
        if (!File.Exists("/usr/bin/promtool")) Skip = "needs promtool (Debian: prometheus)";
    }
}
