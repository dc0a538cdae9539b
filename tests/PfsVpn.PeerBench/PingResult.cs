using System.Globalization;
using System.Text.RegularExpressions;

namespace PfsVpn.PeerBench;

/// <summary>Round trip times in microseconds.</summary>
internal sealed partial record PingResult(double Minimum, double Average)
{
    /// <summary>Out of the summary of iputils' ping: "rtt min/avg/max/mdev = 0.030/0.052/0.110/0.012 ms".</summary>
    public static PingResult Parse(string output)
    {
        var match = Summary().Match(output);
        return match.Success
            ? new PingResult(Microseconds(match.Groups["minimum"]), Microseconds(match.Groups["average"]))
            : throw new BenchException("no echo was answered");
    }

    private static double Microseconds(Group milliseconds) => double.Parse(milliseconds.ValueSpan, CultureInfo.InvariantCulture) * 1000;

    [GeneratedRegex(@"= (?<minimum>[0-9.]+)/(?<average>[0-9.]+)/[0-9.]+/[0-9.]+ ms", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Summary();
}
