using System.Reflection;
using System.Runtime.InteropServices;
using PfsVpn.Daemon.Logging;

namespace PfsVpn.Daemon;

/// <summary>What the command line asks for.</summary>
internal enum CommandKind
{
    /// <summary>Run the daemon.</summary>
    Run,

    /// <summary>Say which version this is.</summary>
    Version,

    /// <summary>Explain.</summary>
    Help,

    /// <summary>The command line is wrong; <see cref="CommandLine.Error"/> says how.</summary>
    Wrong,
}

/// <summary>The arguments of <c>pfsvpnd</c>: those of wireguard-go, with <c>-f</c> before or behind the name, and a few of its own.</summary>
internal sealed record CommandLine(
    CommandKind Kind, string InterfaceName = "", bool Foreground = false, string Error = "", string? Metrics = null, LogFormat? LogFormat = null)
{
    public const string Usage = "Usage: pfsvpnd [-f|--foreground] [--log-format FORMAT] [--metrics ADDRESS:PORT|unix:PATH] INTERFACE";

    public const string Help =
        Usage + """


        Makes the WireGuard interface INTERFACE and serves it until it is deleted, its control socket
        is deleted, or SIGTERM or SIGINT arrives. Configure it with pfsvpn, wg or wg-quick.

          -f, --foreground   stay in the foreground; otherwise the command returns when the interface is ready
          --log-format FORMAT
                             text, json (one object a line) or journal (with the priorities of journald);
                             text where it is not said, but journal where the log goes to journald
          --metrics WHERE    serve metrics for Prometheus at ADDRESS:PORT or unix:PATH, from a process of its own that ends with the daemon
          -V, --version      print the version
          -h, --help         print this

        Environment:
          LOG_LEVEL                  verbose (or debug), info, error, silent; info where it is not set.
                                     In the background nothing is logged unless it is set
          WG_PROCESS_FOREGROUND=1    like --foreground
          PFSVPN_LOG_FORMAT=FORMAT   like --log-format
          WG_TUN_FD, WG_UAPI_FD      descriptors of a TUN device and of a listening control socket to use
          WG_TUN_NAME_FILE           a file to write the interface's name to
          PFSVPN_LIFE_FD             the reading end of a pipe: the daemon ends when nobody has its other end any more
          PFSVPN_TUN_MTU=N           the MTU of WG_TUN_FD's interface, where it cannot be asked for it
          PFSVPN_THREADS=N           threads for each direction, 1 to 64; half of the processors, at most 8, where it is not set
          PFSVPN_NO_OFFLOAD=LIST     offloads to leave unused, of tso, uso, gro, udp-gso, udp-gro, all, separated by commas
          PFSVPN_AEAD=KERNEL         vector512, vector256, vector128 or scalar; the quickest that the processor has where it is not set

        With wg-quick: WG_QUICK_USERSPACE_IMPLEMENTATION=pfsvpnd wg-quick up INTERFACE

        """;

    /// <summary>The text of <c>--version</c>.</summary>
    public static string VersionText =>
        $"""
        pfsvpnd v{Version}

        WireGuard-compatible userspace VPN daemon for {RuntimeInformation.RuntimeIdentifier}, .NET {Environment.Version}.

        """;

    /// <summary>The program's version, three numbers.</summary>
    public static string Version => Assembly.GetExecutingAssembly().GetName().Version?.ToString(3) ?? "0";

    /// <summary>Never throws; a wrong line is <see cref="CommandKind.Wrong"/>.</summary>
    public static CommandLine Parse(ReadOnlySpan<string> arguments)
    {
        string? name = null;
        var foreground = false;
        var onlyNames = false;
        LogFormat? format = null;
        string? metrics = null;
        for (var i = 0; i < arguments.Length; i++)
        {
            var argument = arguments[i];
            if (onlyNames || !argument.StartsWith('-'))
            {
                if (name is not null) return Wrong($"one interface is enough: \"{argument}\" is one too many");
                name = argument;
                continue;
            }
            switch (argument)
            {
                case "-f" or "--foreground":
                    foreground = true;
                    break;
                case "--log-format":
                    format = DaemonSettings.TryParseFormat(i + 1 < arguments.Length ? arguments[++i] : "");
                    if (format is null) return Wrong($"--log-format wants one of {DaemonSettings.FormatNames}");
                    break;
                case "--metrics" when metrics is null && i + 1 < arguments.Length:
                    metrics = arguments[++i];
                    break;
                case "--metrics":
                    return Wrong(metrics is null ? "--metrics lacks its address" : "--metrics is given twice");
                case "-V" or "--version":
                    return new CommandLine(CommandKind.Version);
                case "-h" or "--help":
                    return new CommandLine(CommandKind.Help);
                case "--":
                    onlyNames = true;
                    break;
                default:
                    return Wrong($"there is no option \"{argument}\"");
            }
        }
        if (name is null) return Wrong("the interface's name is missing");
        return Daemon.InterfaceName.Refusal(name) is { } refusal ? Wrong(refusal) : new CommandLine(CommandKind.Run, name, foreground, Metrics: metrics, LogFormat: format);
    }

    private static CommandLine Wrong(string error) => new(CommandKind.Wrong, Error: error);
}
