using System.Text.Json;

namespace PfsVpn.PeerBench;

/// <summary>What one run of iperf3 reports, counted where the bytes arrive.</summary>
internal sealed record IperfResult(double ReceivedBytes, double ReceivedBitsPerSecond, double SentBytes, double Seconds, double Retransmissions)
{
    /// <summary>Out of the client's JSON; both directions and both protocols have these members.</summary>
    public static IperfResult Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.TryGetProperty("error", out var error)) throw new BenchException("iperf3: " + error.GetString());
            var (sent, received) = (root.GetProperty("end").GetProperty("sum_sent"), root.GetProperty("end").GetProperty("sum_received"));
            return new IperfResult(
                received.GetProperty("bytes").GetDouble(),
                received.GetProperty("bits_per_second").GetDouble(),
                sent.GetProperty("bytes").GetDouble(),
                received.GetProperty("seconds").GetDouble(),
                sent.TryGetProperty("retransmits", out var retransmits) ? retransmits.GetDouble() : 0);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new BenchException("iperf3 printed no result: " + e.Message, e);
        }
    }
}
