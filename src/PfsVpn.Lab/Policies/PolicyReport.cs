using System.Globalization;
using System.Text;
using PfsVpn.Lab.Charts;
using PfsVpn.Transport;

namespace PfsVpn.Lab.Policies;

/// <summary>A policy and what it exposes, under both profiles.</summary>
internal sealed record PolicyRow(KeyPolicy Policy, PolicyExposure Even, PolicyExposure WorkingDay);

/// <summary>The comparison as text.</summary>
internal static class PolicyReport
{
    private const int BarWidth = 24;

    /// <summary>Computes all policies.</summary>
    public static IReadOnlyList<PolicyRow> Compute() =>
        [.. KeyPolicies.All.AsParallel().AsOrdered().Select(static policy => new PolicyRow(policy, PolicyExposure.Of(policy, TrafficProfile.Even), PolicyExposure.Of(policy, TrafficProfile.WorkingDay)))];

    /// <summary>The table of policies, with what is taken for granted.</summary>
    public static string Of(IReadOnlyList<PolicyRow> rows)
    {
        var text = new StringBuilder();
        Line(text, $"What a seizure at a random moment of the day opens of recorded traffic");
        Line(text, $"");
        Line(text, $"{"",-44} {"even traffic",-17}  {"working day",-17}");
        Line(text, $"{"policy",-44} {"share",8} {"longest",8}  {"share",8} {"longest",8}  share, in powers of ten");
        foreach (var row in rows)
        {
            var exposures = $"{Share(row.Even.Share),8} {Age(row.Even.Longest),8}  {Share(row.WorkingDay.Share),8} {Age(row.WorkingDay.Longest),8}";
            Line(text, $"{row.Policy.Name,-44} {exposures}  {TextBar.Of(Scale(row.Even.Share), BarWidth)}");
        }
        Line(text, $"");
        Line(text, $"share    of the traffic of the last 24 h, the mean over all moments of the day");
        Line(text, $"longest  the age of the oldest traffic that is opened, at the worst moment; \"-\" where nothing ends it");
        Line(text, $"Taken for granted: the attacker has recorded everything, seizes the machine once, gets every key that exists in it at that moment, permanent");
        Line(text, $"ones too, and does not act before. One peer. Even traffic is the same all day; the working day is from 8 to 18 o'clock, a quarter of an hour of");
        Line(text, $"traffic, a quarter of none. And for each policy:");
        foreach (var row in rows) Line(text, $"  {row.Policy.Name}: {row.Policy.Assumption}");
        return text.ToString();
    }

    /// <summary>What shorter lives cost, by what a handshake costs one side here.</summary>
    public static string Costs(TimeSpan handshake)
    {
        var text = new StringBuilder();
        Line(text, $"What a shorter life costs, with traffic all day (one handshake: {handshake.TotalMicroseconds:0} us of processor time for each side, measured here)");
        Line(text, $"");
        Line(text, $"{"rekey after",-12} {"ends at",8} {"mean window",12} {"longest",8} {"handshakes/h",13} {"cpu, 1 peer",12} {"cpu, 1000 peers",16}");
        foreach (var seconds in (ReadOnlySpan<int>)[KeyLife.MaxRekeyAfterSeconds, 60, 30, 20, KeyLife.MinRekeyAfterSeconds])
        {
            var exposure = PolicyExposure.Of(KeyPolicies.Own("PfsVpn", seconds), TrafficProfile.Even);
            var cpu = handshake.TotalSeconds / seconds * 100;
            Line(text, $"{seconds + " s",-12} {seconds * 1.5 + " s",8} {exposure.Mean,10:0.0} s {Age(exposure.Longest),8} {3600 / seconds,13} {cpu,10:0.0000} % {cpu * 1000,14:0.0} %");
        }
        return text.ToString();
    }

    /// <summary>A share in percent, with as many digits as it needs.</summary>
    public static string Share(double share) => (share * 100).ToString(share switch { >= 0.1 => "0.#", >= 0.01 => "0.##", _ => "0.###" }, CultureInfo.InvariantCulture) + " %";

    /// <summary>An age in the largest fitting unit, or "-" for no end.</summary>
    public static string Age(double seconds) => seconds switch
    {
        double.PositiveInfinity => "-",
        >= 3600 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.#} h"),
        > 600 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0.#} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.#} s"),
    };

    /// <summary>A share on a scale of four powers of ten: 0.01 % is 0, 100 % is 1.</summary>
    public static double Scale(double share) => Math.Clamp(1 + (Math.Log10(Math.Max(share, 1e-9)) / 4), 0.01, 1);

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture).TrimEnd()).Append('\n');
}
