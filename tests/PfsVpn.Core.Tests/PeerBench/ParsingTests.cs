using PfsVpn.PeerBench;

namespace PfsVpn.Tests.PeerBench;

/// <summary>What the measurement beside wireguard-go reads out of other programs' texts.</summary>
public class ParsingTests
{
    [Fact]
    public void Processor_time_is_found_behind_a_name_with_spaces_and_parentheses() =>
        Assert.Equal(3.07, ProcFiles.ProcessSeconds("42 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 250 57 9 9 20 0 3 0 100\n"), 6);

    [Fact]
    public void The_machine_is_busy_with_everything_but_idling_waiting_and_stolen_time() =>
        Assert.Equal(1.11 + 0.02, ProcFiles.BusySeconds("cpu  100 1 10 9000 500 1 1 700 5 0\ncpu0 1 2 3\n"), 6);

    [Fact]
    public void Kilobytes_are_those_of_the_line_with_the_whole_name()
    {
        const string text = "VmRSSX:\t 1 kB\nVmRSS:\t   40964 kB\n";
        Assert.Equal(40964, ProcFiles.Kilobytes(text, "VmRSS"));
        Assert.Null(ProcFiles.Kilobytes(text, "Pss"));
    }

    [Fact]
    public void Round_trips_are_microseconds_out_of_the_summary()
    {
        var result = PingResult.Parse("100 packets transmitted, 100 received\nrtt min/avg/max/mdev = 0.104/1.250/3.1/0.2 ms, pipe 2\n");
        Assert.Equal(new PingResult(104, 1250), result);
    }

    [Fact]
    public void A_ping_without_any_reply_is_a_failure() =>
        Assert.Throws<BenchException>(() => PingResult.Parse("100 packets transmitted, 0 received, 100% packet loss\n"));

    [Fact]
    public void Bytes_count_where_they_arrive()
    {
        var result = IperfResult.Parse("""
            {"end": {"sum_sent": {"bytes": 1000, "seconds": 2, "retransmits": 3}, "sum_received": {"bytes": 900, "seconds": 2.5, "bits_per_second": 2880}}}
            """);
        Assert.Equal(new IperfResult(900, 2880, 1000, 2.5, 3), result);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"error": "unable to connect to server"}""")]
    [InlineData("""{"end": {"sum_sent": {}, "sum_received": {}}}""")]
    public void A_run_of_iperf3_without_a_result_is_a_failure(string json) => Assert.Throws<BenchException>(() => IperfResult.Parse(json));
}
