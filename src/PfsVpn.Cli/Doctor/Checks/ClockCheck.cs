using System.Globalization;

namespace PfsVpn.Cli.Doctor.Checks;

/// <summary>The wall clock. Each handshake carries the time, and a peer refuses one that is not later than the last: a clock that was set back keeps a tunnel down.</summary>
/// <remarks>References: WireGuard paper §5.1 (TAI64N).</remarks>
internal sealed class ClockCheck : IHostCheck<IHostProbe>
{
    /// <inheritdoc/>
    public string Name => "clock";

    /// <inheritdoc/>
    public IEnumerable<Finding> Examine(IHostProbe probe)
    {
        var now = probe.Now;
        if (now < probe.ProgramTime - TimeSpan.FromDays(1))
            yield return Finding.Problem($"the clock shows {Show(now)}, which is before this program was made ({Show(probe.ProgramTime)})",
                $"set it: {probe.Words.SetClock}; peers that saw a later time refuse handshakes until this clock is past it, or they are restarted");
        else if (now > probe.ProgramTime + TimeSpan.FromDays(20 * 365))
            yield return Finding.Problem($"the clock shows {Show(now)}, which is far ahead; once a peer has seen that time, it refuses earlier ones", $"set it: {probe.Words.SetClock}; then restart the peers that saw the wrong time");
        else yield return Finding.Ok($"{Show(now)}, plausible");
    }

    /// <summary>A moment in words.</summary>
    public static string Show(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
