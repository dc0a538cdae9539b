using PfsVpn.Cli.Control;
using PfsVpn.Cli.Input;
using PfsVpn.Cli.Output;
using PfsVpn.Cli.Provision;
using PfsVpn.Cli.Rootless;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Cli.Windows;
using PfsVpn.Crypto;

namespace PfsVpn.Cli;

/// <summary>What surrounds a run of the program, so that tests can put their own in its place. Owns the arena.</summary>
internal sealed class CliContext : IDisposable
{
    private SecretArena? _arena;

    /// <summary>Where answers go: may hold secrets.</summary>
    public required IByteSink Output { get; init; }

    /// <summary>Where complaints go: never a secret.</summary>
    public required TextWriter Error { get; set; }

    /// <summary>Looks a variable of the environment up.</summary>
    public required Func<string, string?> Environment { get; init; }

    /// <summary>The descriptor that <c>pubkey</c> reads.</summary>
    public int StandardInput { get; init; }

    /// <summary>Whether the output is a terminal, for colours.</summary>
    public bool OutputIsTerminal { get; init; }

    /// <summary>Whether the output is a file that everyone may read, for the warning of <c>genkey</c>.</summary>
    public bool OutputIsExposed { get; init; }

    /// <summary>Rows and columns of the terminal that the output is; zeros where they are not known.</summary>
    public Func<(int Rows, int Columns)> TerminalSize { get; init; } = static () => (0, 0);

    /// <summary>Asks a person a question and returns the answer, null at the end of the input; null where there is nobody to ask: no terminal.</summary>
    public Func<string, string?>? Ask { get; init; }

    /// <summary>The wall clock, for "ago".</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Keeps all memory of this process out of swap from now on, where that is allowed.</summary>
    public Action LockMemory { get; init; } = static () => { };

    /// <summary>Where the control sockets are.</summary>
    public string ControlDirectory { get; set; } = ControlSocket.DefaultDirectory;

    /// <summary>Where this program remembers which tunnels it took up.</summary>
    public string RuntimeDirectory { get; init; } = "/run/pfsvpn";

    /// <summary>The file of the C library's resolver.</summary>
    public string ResolverFile { get; init; } = "/etc/resolv.conf";

    /// <summary>Where this program is, and beside it its daemon.</summary>
    public string ProgramDirectory { get; init; } = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);

    /// <summary>Whether this is root, who may change the network.</summary>
    public bool IsRoot { get; init; } = global::System.Environment.IsPrivilegedProcess;

    /// <summary>Looks up names of hosts and services.</summary>
    public INameResolver Resolver { get; init; } = SystemNameResolver.Instance;

    /// <summary>Waits between tries of a look-up.</summary>
    public Action<TimeSpan> Sleep { get; init; } = Thread.Sleep;

    /// <summary>Runs other programs.</summary>
    public ICommandRunner Commands { get; init; } = CommandRunner.Instance;

    /// <summary>How tunnels are taken up and down here.</summary>
    public ITunnelPlans Plans { get; init; } = new LinuxPlans();

    /// <summary>The arena for the secrets of this run.</summary>
    public SecretArena Arena => _arena ??= SecretArena.Create();

    /// <summary>The context of a real run.</summary>
    public static CliContext System() => OperatingSystem.IsWindows() ? WindowsContext.Create() : Linux();

    private static CliContext Linux()
    {
        const int StandardOutput = 1;
        return new CliContext
        {
            Output = new DescriptorSink(StandardOutput),
            Error = new LogLines(OpenError(), ServiceLog.IsJournal(global::System.Environment.GetEnvironmentVariable), TimeProvider.System),
            Environment = global::System.Environment.GetEnvironmentVariable,
            LockMemory = NativeLock.TryLockProcess,
            ControlDirectory = ControlPlace.Find(global::System.Environment.GetEnvironmentVariable, NativeProgram.EffectiveUser),
            StandardInput = 0,
            OutputIsTerminal = NativeFile.IsTerminal(StandardOutput),
            TerminalSize = static () => NativeFile.WindowSize(StandardOutput),
            OutputIsExposed = IsExposed(NativeFile.ModeOf(StandardOutput)),
            Ask = NativeFile.IsTerminal(0) && NativeFile.IsTerminal(2) ? AskOnTerminal : null,
        };
    }

    /// <summary>Says why the program fails.</summary>
    public void Fail(string message)
    {
        if (Error is LogLines lines) lines.Fail(message);
        else Error.WriteLine(message);
    }

    /// <summary>Makes a writer over the output, which the caller disposes.</summary>
    public LockedWriter OpenOutput() => new(Output);

    /// <summary>Ends what was started for this run alone, and erases all its secrets.</summary>
    public void Dispose()
    {
        (Plans as IDisposable)?.Dispose();
        _arena?.Dispose();
    }

    /// <summary>Asks at the terminal that is standard input and error.</summary>
    internal static string? AskOnTerminal(string question)
    {
        Console.Error.Write(question);
        return Console.In.ReadLine();
    }

    /// <summary>Not Console.Error: that switches a terminal's keypad, which may be another program's by then.</summary>
    internal static TextWriter OpenError() => TextWriter.Synchronized(new StreamWriter(Console.OpenStandardError()) { AutoFlush = true });

    /// <summary>Whether this is a regular file with any permission for others.</summary>
    internal static bool IsExposed(int mode)
    {
        const int S_IFMT = 0xF000, S_IFREG = 0x8000, S_IRWXO = 7;
        return mode >= 0 && (mode & S_IFMT) == S_IFREG && (mode & S_IRWXO) != 0;
    }
}
