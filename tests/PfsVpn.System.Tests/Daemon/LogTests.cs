using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using PfsVpn.Daemon.Interop;
using PfsVpn.Daemon.Logging;

namespace PfsVpn.SystemTests.Daemon;

public sealed partial class LogTests : IDisposable
{
    private readonly Pipe _pipe = new();

    [Theory]
    [InlineData(LogLevel.Debug, "DEBUG")]
    [InlineData(LogLevel.Information, "INFO")]
    [InlineData(LogLevel.Warning, "WARNING")]
    [InlineData(LogLevel.Error, "ERROR")]
    public void ALineLooksLikeThoseOfWireguardGo(LogLevel level, string word)
    {
        new LogWriter(_pipe.WriteEnd, LogFormat.Text).Write(level, default, "wg0", "Interface is up");

        var line = _pipe.Read();
        Assert.Matches(LinePattern(), line);
        Assert.StartsWith(word + ": (wg0) ", line, StringComparison.Ordinal);
        var time = DateTime.ParseExact(LinePattern().Match(line).Groups["time"].Value, "yyyy/MM/dd HH:mm:ss", CultureInfo.InvariantCulture);
        Assert.InRange(DateTime.Now - time, TimeSpan.FromHours(-1), TimeSpan.FromHours(1));
    }

    [Theory]
    [InlineData(LogLevel.Debug, 7)]
    [InlineData(LogLevel.Information, 6)]
    [InlineData(LogLevel.Warning, 4)]
    [InlineData(LogLevel.Error, 3)]
    public void TheJournalGetsPrioritiesAndNoTime(LogLevel level, int priority)
    {
        new LogWriter(_pipe.WriteEnd, LogFormat.Journal).Write(level, default, "wg0", "Interface is up");

        Assert.Equal($"<{priority}>(wg0) Interface is up\n", _pipe.Read());
    }

    [Fact]
    public void ATextCannotForgeALine()
    {
        new LogWriter(_pipe.WriteEnd, LogFormat.Journal).Write(LogLevel.Information, default, "wg0", "one\n<0>two\r\u001b[31m");

        Assert.Equal("<6>(wg0) one <0>two  [31m\n", _pipe.Read());
    }

    [Fact]
    public void JsonIsOneObjectALineWhateverTheTextIs()
    {
        const string Text = "peer(\"Jürgen's 💻\" AbCd…WxYz) - one\n<0>two\u001b[31m\\";
        using var writer = new LogWriter(_pipe.WriteEnd, LogFormat.Json);
        writer.Write(LogLevel.Warning, new EventId(3, "NoAnswer"), "wg0", Text);
        writer.Write(LogLevel.Information, default, "wg0", "plain");

        var lines = _pipe.Read().Split('\n');
        Assert.Equal(["", "plain"], [lines[2], JsonElement.Parse(lines[1]).GetProperty("message").GetString()!]);
        var line = JsonElement.Parse(lines[0]);
        Assert.Equal(Text, line.GetProperty("message").GetString());
        Assert.Equal(("warning", "wg0", 3, "NoAnswer"), (line.GetProperty("level").GetString(), line.GetProperty("interface").GetString(), line.GetProperty("event_id").GetInt32(), line.GetProperty("event").GetString()));
        Assert.InRange(DateTimeOffset.UtcNow - line.GetProperty("time").GetDateTimeOffset(), TimeSpan.FromMinutes(-1), TimeSpan.FromMinutes(1));
        Assert.False(JsonElement.Parse(lines[1]).TryGetProperty("event", out _));
    }

    [Theory]
    [InlineData('ä')]
    [InlineData('"')]
    [InlineData('\u001b')]
    public void ALongTextAsJsonIsShortenedAndTheObjectIsWhole(char letter)
    {
        using var writer = new LogWriter(_pipe.WriteEnd, LogFormat.Json);
        writer.Write(LogLevel.Information, default, "wg0", new string(letter, 10000));

        var line = _pipe.Read();
        Assert.InRange(Encoding.UTF8.GetByteCount(line), 600, 4096);
        Assert.Matches("^" + Regex.Escape(letter.ToString()) + "+$", JsonElement.Parse(line).GetProperty("message").GetString());
    }

    [Fact]
    public void ALongTextIsCutAndStaysOneLine()
    {
        new LogWriter(_pipe.WriteEnd, LogFormat.Journal).Write(LogLevel.Information, default, "wg0", new string('ä', 10000));

        var line = _pipe.Read();
        Assert.InRange(Encoding.UTF8.GetByteCount(line), 4090, 4096);
        Assert.EndsWith("ä\n", line, StringComparison.Ordinal);
    }

    [Fact]
    public void AReaderThatDoesNotReadStopsNobodyAndIsToldWhatItMissed()
    {
        var writer = new LogWriter(_pipe.WriteEnd, LogFormat.Journal);
        for (var line = 0; line < 100_000; line++) writer.Write(LogLevel.Information, default, "wg0", "a line that nobody reads");
        var read = _pipe.Read();
        while (_pipe.HasMore) read += _pipe.Read();

        writer.Write(LogLevel.Information, default, "wg0", "after");

        var kept = read.Count(static character => character == '\n');
        Assert.Equal($"<4>(wg0) {100_000 - kept} lines of this log were dropped: its reader was too slow\n<6>(wg0) after\n", _pipe.Read());
    }

    [Theory]
    [InlineData(null, "IWE")]
    [InlineData("info", "IWE")]
    [InlineData("verbose", "DIWE")]
    [InlineData("debug", "DIWE")]
    [InlineData("error", "E")]
    [InlineData("silent", "")]
    public void TheLevelDecidesWhatIsLogged(string? level, string logged)
    {
        var settings = PfsVpn.Daemon.DaemonSettings.From(PfsVpn.Daemon.CommandLine.Parse(["wg0"]), name => name == "LOG_LEVEL" ? level : null);
        var logger = new DaemonLogger(new LogWriter(_pipe.WriteEnd, LogFormat.Text), "wg0", settings.MinimumLevel);

        foreach (var each in (ReadOnlySpan<LogLevel>)[LogLevel.Debug, LogLevel.Information, LogLevel.Warning, LogLevel.Error])
            logger.Log(each, 0, "text", null, static (state, _) => state);

        var lines = _pipe.HasMore ? _pipe.Read().Split('\n', StringSplitOptions.RemoveEmptyEntries) : [];
        Assert.Equal(logged, string.Concat(lines.Select(static line => line[0])));
    }

    [RootFact]
    public void UnderSystemdTheDaemonRecognisesTheJournalByItsStream()
    {
        using var place = new TestNamespace();
        var name = RunningDaemon.NewName();
        var command = $"JOURNAL_STREAM=$(stat -Lc %d:%i /proc/$$/fd/1) exec {Command.Pfsvpnd} -f {name}";
        using var daemon = new ForegroundDaemon(name, [], place, "sh", "-c", command);

        Assert.StartsWith($"<6>({name}) ready in ", daemon.WaitForLine("ready in "), StringComparison.Ordinal);
    }

    public void Dispose() => _pipe.Dispose();

    [GeneratedRegex(@"^[A-Z]+: \(wg0\) (?<time>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) Interface is up\n$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex LinePattern();

    private sealed unsafe class Pipe : IDisposable
    {
        private const short POLLIN = 1;
        private readonly int _readEnd;

        public Pipe()
        {
            var ends = stackalloc int[2];
            Assert.Equal(0, Libc.pipe2(ends, Libc.O_CLOEXEC));
            (_readEnd, WriteEnd) = (ends[0], ends[1]);
        }

        public int WriteEnd { get; }

        public bool HasMore
        {
            get
            {
                var entry = new Libc.struct_pollfd { fd = _readEnd, events = POLLIN };
                return Libc.poll(&entry, 1, 0) == 1;
            }
        }

        public string Read()
        {
            var buffer = new byte[1 << 20];
            fixed (byte* start = buffer) return Encoding.UTF8.GetString(buffer, 0, (int)Libc.read(_readEnd, start, (nuint)buffer.Length));
        }

        public void Dispose()
        {
            _ = Libc.close(_readEnd);
            _ = Libc.close(WriteEnd);
        }
    }
}
