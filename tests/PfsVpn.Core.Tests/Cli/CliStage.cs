using System.Buffers;
using System.Text;
using PfsVpn.Cli;
using PfsVpn.Cli.Input;
using PfsVpn.Cli.Output;

namespace PfsVpn.Tests.Cli;

/// <summary>A directory of control sockets, and both programs run on it: <c>wg</c>, and this one in process.</summary>
internal sealed class CliStage : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("pfsvpn-cli-").FullName;
    private readonly List<FakeDaemon> _daemons = [];

    public CliStage() => Directory.CreateDirectory(ControlDirectory);

    public string ControlDirectory => Path.Combine(_root, "wireguard");

    public INameResolver Resolver { get; set; } = SystemNameResolver.Instance;

    public Action<TimeSpan> Sleep { get; set; } = static _ => throw new InvalidOperationException("Nobody was to wait.");

    /// <summary>Answers to questions, where there is to be somebody to ask.</summary>
    public Queue<string>? Answers { get; set; }

    /// <summary>Rows and columns where the output is to be a terminal.</summary>
    public (int Rows, int Columns)? Terminal { get; set; }

    public FakeDaemon Start(string name, string answer = "", int errno = 0)
    {
        var daemon = new FakeDaemon(ControlDirectory, name, answer, errno);
        _daemons.Add(daemon);
        return daemon;
    }

    /// <summary>Writes a file and returns its path. It is outside of what <c>wg</c> sees another /var/run over.</summary>
    public string WriteFile(string name, string content) => WriteFile(name, Encoding.UTF8.GetBytes(content));

    public string WriteFile(string name, byte[] content)
    {
        var path = Path.Combine(_root, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    public RunResult Wg(string[] arguments, params (string Name, string Value)[] environment) => WgTool.Run(_root, arguments, "", environment);

    public RunResult Cli(string[] arguments, params (string Name, string Value)[] environment) => CliAt(DateTimeOffset.UtcNow, arguments, environment);

    public RunResult CliAt(DateTimeOffset now, string[] arguments, params (string Name, string Value)[] environment) => Run(arguments, "", now, environment);

    public RunResult CliWithInput(string input, params string[] arguments) => Run(arguments, input, DateTimeOffset.UtcNow, []);

    /// <summary>Runs both within the same second of the wall clock, so that "ago" means the same.</summary>
    public (RunResult Wg, RunResult Cli) Both(string[] arguments, params (string Name, string Value)[] environment)
    {
        while (true)
        {
            var before = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
            var wg = Wg(arguments, environment);
            if (DateTimeOffset.UtcNow.ToUnixTimeSeconds() == before)
                return (wg, CliAt(DateTimeOffset.FromUnixTimeSeconds(before), arguments, environment));
        }
    }

    public void Dispose()
    {
        foreach (var daemon in _daemons) daemon.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private RunResult Run(string[] arguments, string input, DateTimeOffset now, (string Name, string Value)[] environment)
    {
        var variables = environment.ToDictionary(static pair => pair.Name, static pair => pair.Value, StringComparer.Ordinal);
        var output = new MemorySink();
        var error = new StringWriter();
        using var standardInput = File.OpenHandle(WriteFile("stdin", input));
        using var context = new CliContext
        {
            Output = output,
            Error = error,
            Environment = name => variables.GetValueOrDefault(name),
            StandardInput = (int)standardInput.DangerousGetHandle(),
            OutputIsTerminal = Terminal is not null,
            TerminalSize = () => Terminal ?? default,
            Ask = Answers is null ? null : question =>
            {
                error.Write(question);
                return Answers.TryDequeue(out var answer) ? answer : null;
            },
            Clock = new FixedClock(now),
            ControlDirectory = ControlDirectory,
            Resolver = Resolver,
            Sleep = Sleep,
        };
        var exitCode = CommandTree.Run(context, arguments);
        Assert.Equal(0, context.Arena.SlotsInUse);
        return new RunResult(exitCode, output.Text, error.ToString());
    }

    private sealed class MemorySink : IByteSink
    {
        private readonly ArrayBufferWriter<byte> _bytes = new();

        public string Text => Encoding.UTF8.GetString(_bytes.WrittenSpan);

        public void Write(ReadOnlySpan<byte> bytes) => _bytes.Write(bytes);
    }

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
