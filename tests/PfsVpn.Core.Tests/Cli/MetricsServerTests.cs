using System.Net;
using System.Net.Sockets;
using System.Text;
using PfsVpn.Cli;
using PfsVpn.Cli.Metrics;

namespace PfsVpn.Tests.Cli;

/// <summary>The web server of <c>metrics</c>, spoken to in raw bytes.</summary>
public sealed class MetricsServerTests : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _end = new();
    private readonly MetricsServer _server;
    private readonly Task _running;
    private int _asked;

    // Longer than any test: a machine that is busy must not look like a client that is slow.
    public MetricsServerTests()
        : this(TimeSpan.FromMinutes(5))
    {
    }

    [Theory]
    [InlineData("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", 200)]
    [InlineData("GET /metrics?x=y HTTP/1.1\r\nHost: 127.0.0.1:9586\r\n\r\n", 200)]
    [InlineData("GET /metrics HTTP/1.0\n\n", 200)]
    [InlineData("GET /metrics HTTP/1.1\r\nHost: [::1]:9586\r\n\r\n", 200)]
    [InlineData("GET /metrics HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET /metrics HTTP/1.1\r\nHost: attacker.example\r\n\r\n", 421)]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 404)]
    [InlineData("GET /metrics/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", 404)]
    [InlineData("POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello", 405)]
    [InlineData("GET /metrics HTTP/2.0\r\nHost: localhost\r\n\r\n", 505)]
    [InlineData("GET /metrics\r\n\r\n", 400)]
    [InlineData("\r\n\r\n", 400)]
    [InlineData("GET /metrics HTTP/1.1\r\nHost: localhost\r\nNo colon\r\n\r\n", 400)]
    [InlineData("GET /metrics HTTP/1.1\r\nHost: localhost\r\n folded: x\r\n\r\n", 400)]
    [InlineData("GET /metrics HTTP/1.1\r\nHost : localhost\r\n\r\n", 400)]
    [InlineData("\u0016\u0003\u0001\u0002 \u0001 \u0001\n\n", 400)]
    public async Task Each_request_has_its_answer(string request, int status)
    {
        var answer = await Exchange(request);
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", answer, StringComparison.Ordinal);
        Assert.Equal(status == 200 ? 1 : 0, _asked);
        if (status == 200) Assert.EndsWith("\r\n\r\nplain", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("*/*", "plain")]
    [InlineData("application/openmetrics-text", "open")]
    [InlineData("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1", "open")]
    [InlineData("application/openmetrics-text;version=0.0.1", "plain")]
    [InlineData("text/plain;version=0.0.4;q=0.9,application/openmetrics-text;q=0.2", "plain")]
    [InlineData("application/openmetrics-text;q=0", "plain")]
    [InlineData("application/openmetrics-text;q=lots", "plain")]
    public async Task The_format_is_the_one_that_the_scraper_prefers(string accept, string expected) =>
        Assert.EndsWith("\r\n\r\n" + expected, await Exchange($"GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\n\r\n"), StringComparison.Ordinal);

    [Fact]
    public async Task A_head_has_the_length_and_no_text()
    {
        var answer = await Exchange("HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.Contains("\r\nContent-Length: 5\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_head_without_end_is_refused_at_its_limit()
    {
        var answer = await Exchange("GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: " + new string('x', MetricsServer.LongestHeadInBytes));
        Assert.StartsWith("HTTP/1.1 431 ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_does_not_ask_is_cut_off_and_who_asks_slowly_too()
    {
        await using var impatient = new MetricsServerTests(TimeSpan.FromMilliseconds(300));
        using var silent = await impatient.Connect();
        using var slow = await impatient.Connect();
        await slow.SendAsync("GET /met"u8.ToArray());
        Assert.Equal((0, 0), (await Count(silent), await Count(slow)));
    }

    [Fact]
    public async Task More_silent_connections_than_there_is_room_for_do_not_keep_anyone_out()
    {
        var silent = new List<Socket>();
        for (var i = 0; i < 3 * MetricsServer.MostConnections; i++) silent.Add(await Connect());
        for (var i = 0; i < 5; i++) Assert.EndsWith("plain", await Exchange("GET /metrics HTTP/1.0\r\n\r\n"), StringComparison.Ordinal);
        // The oldest made room.
        Assert.Equal(0, await Count(silent[0]));
        foreach (var socket in silent) socket.Dispose();
    }

    [Fact]
    public async Task Scrapes_at_the_same_time_and_within_a_second_share_one_answer()
    {
        var (collected, clock) = (0, new ManualClock());
        using var release = new ManualResetEventSlim();
        var cache = new MetricsCache(Collect, clock);
        var first = cache.GetAsync(openMetrics: false);
        var second = cache.GetAsync(openMetrics: false);
        clock.Advance(TimeSpan.FromSeconds(2));
        var third = cache.GetAsync(openMetrics: true);
        release.Set();
        Assert.Same(await first, await second);
        Assert.NotEqual(await first, await third);
        Assert.Equal(1, collected);
        clock.Advance(TimeSpan.FromSeconds(-1.5));
        Assert.Same(await first, await cache.GetAsync(openMetrics: false));
        clock.Advance(TimeSpan.FromSeconds(0.5));
        Assert.NotSame(await first, await cache.GetAsync(openMetrics: false));
        Assert.Equal(2, collected);

        MetricSet Collect()
        {
            release.Wait();
            collected++;
            var values = new MetricSet();
            values.Add(MetricCatalog.ScrapeDuration, collected);
            return values;
        }
    }

    [Fact]
    public async Task A_collection_that_failed_is_not_kept()
    {
        var tries = 0;
        var cache = new MetricsCache(() => ++tries == 1 ? throw new InvalidOperationException("once") : new MetricSet(), new ManualClock());
        await Assert.ThrowsAsync<InvalidOperationException>(() => cache.GetAsync(openMetrics: false));
        Assert.Empty(await cache.GetAsync(openMetrics: false));
    }

    [Fact]
    public void A_unix_socket_is_private_replaces_a_stale_one_and_nothing_else()
    {
        var folder = Directory.CreateTempSubdirectory("service-").FullName;
        try
        {
            var path = Path.Combine(folder, "m.sock");
            var address = ListenAddress.Parse("unix:" + path);
            using (var stale = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)) stale.Bind(new UnixDomainSocketEndPoint(path));
            File.WriteAllText(path + "x", "");
            using (var listener = MetricsListener.Open(address))
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
                Assert.Contains("another program serves it", Assert.Throws<CliException>(() => MetricsListener.Open(address)).Message, StringComparison.Ordinal);
            }
            Assert.False(File.Exists(path));
            Assert.Contains("no socket", Assert.Throws<CliException>(() => MetricsListener.Open(ListenAddress.Parse("unix:" + path + "x"))).Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_port_that_is_taken_is_an_error_with_advice()
    {
        var address = new ListenAddress((IPEndPoint)_listener.LocalEndPoint!, null);
        Assert.Contains("another program listens there", Assert.Throws<CliException>(() => MetricsListener.Open(address)).Message, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _running;
        _listener.Dispose();
        _server.Dispose();
        _end.Dispose();
    }

    private MetricsServerTests(TimeSpan patience)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _server = new MetricsServer(_listener, isLocal: true, Page) { RequestPatience = patience };
        _running = _server.RunAsync(_end.Token);
    }

    private Task<byte[]> Page(bool openMetrics)
    {
        Interlocked.Increment(ref _asked);
        return Task.FromResult(Encoding.ASCII.GetBytes(openMetrics ? "open" : "plain"));
    }

    private async Task<Socket> Connect()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_listener.LocalEndPoint!);
        return socket;
    }

    private async Task<string> Exchange(string request)
    {
        using var socket = await Connect();
        await socket.SendAsync(Encoding.Latin1.GetBytes(request));
        var answer = new StringBuilder();
        var buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer) is > 0 and var count) answer.Append(Encoding.Latin1.GetString(buffer, 0, count));
        return answer.ToString();
    }

    /// <summary>What arrives before the other end closes: 0 where it is cut off.</summary>
    private static async Task<int> Count(Socket socket)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[16]);
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            return 0;
        }
    }

    private sealed class ManualClock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Advance(TimeSpan time) => _now += time.Ticks;
    }
}
