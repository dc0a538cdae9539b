using System.Globalization;
using Microsoft.Extensions.Logging;
using PfsVpn.Daemon.Logging;

namespace PfsVpn.Daemon;

/// <summary>How this daemon is to run: the command line and the environment variables of wireguard-go.</summary>
internal sealed record DaemonSettings
{
    /// <summary>Says how lines of the log look where the command line does not: it reaches the daemon through wg-quick.</summary>
    public const string FormatVariable = "PFSVPN_LOG_FORMAT";

    /// <summary>What formats are called.</summary>
    public const string FormatNames = "text, json, journal";

    /// <summary>The interface's name as asked for; the TUN may say another.</summary>
    public required string InterfaceName { get; init; }

    /// <summary>Whether the process stays in the foreground.</summary>
    public bool Foreground { get; init; }

    /// <summary>The least level that is logged.</summary>
    public LogLevel MinimumLevel { get; init; } = LogLevel.Information;

    /// <summary>How the lines of the log look.</summary>
    public LogFormat LogFormat { get; init; }

    /// <summary>Whether a daemon in the background keeps standard output and error: only where LOG_LEVEL asks for a log.</summary>
    public bool KeepsOutput { get; init; }

    /// <summary>An open TUN device to take over, or null.</summary>
    public int? TunDescriptor { get; init; }

    /// <summary>A listening control socket to take over, or null.</summary>
    public int? UapiDescriptor { get; init; }

    /// <summary>The reading end of a pipe whose other end is the daemon's life, or null.</summary>
    public int? LifeDescriptor { get; init; }

    /// <summary>The MTU of the interface of <see cref="TunDescriptor"/> where it is in a namespace that tells nothing, or null.</summary>
    public int? TunMtu { get; init; }

    /// <summary>The file that gets the interface's name, an absolute path, or null.</summary>
    public string? TunNameFile { get; init; }

    /// <summary>Where a process beside the daemon serves metrics, or null for no such process.</summary>
    public string? Metrics { get; init; }

    /// <summary>How packets are carried.</summary>
    public DataPathSettings DataPath { get; init; } = new();

    /// <summary>The format of a name; null for none.</summary>
    public static LogFormat? TryParseFormat(string name) => name switch
    {
        "text" => LogFormat.Text,
        "json" => LogFormat.Json,
        "journal" => LogFormat.Journal,
        _ => null,
    };

    /// <summary>Reads the environment.</summary>
    /// <exception cref="StartException">A variable has a value that cannot be.</exception>
    public static DaemonSettings From(CommandLine line, Func<string, string?> variable)
    {
        var level = variable("LOG_LEVEL");
        var minimumLevel = MinimumLevelOf(level);
        var tunNameFile = variable("WG_TUN_NAME_FILE");
        return new DaemonSettings
        {
            InterfaceName = line.InterfaceName,
            Foreground = line.Foreground || string.Equals(variable("WG_PROCESS_FOREGROUND"), "1", StringComparison.Ordinal),
            MinimumLevel = minimumLevel,
            LogFormat = line.LogFormat ?? FormatOf(variable),
            KeepsOutput = !string.IsNullOrEmpty(level) && minimumLevel != LogLevel.None,
            TunDescriptor = Descriptor("WG_TUN_FD", variable),
            UapiDescriptor = Descriptor("WG_UAPI_FD", variable),
            LifeDescriptor = Descriptor("PFSVPN_LIFE_FD", variable),
            TunMtu = Mtu("PFSVPN_TUN_MTU", variable),
            Metrics = line.Metrics,
            DataPath = DataPathSettings.From(variable),
            TunNameFile = string.IsNullOrEmpty(tunNameFile) ? null : Path.GetFullPath(tunNameFile),
        };
    }

    /// <summary>The same in the process that serves the interface, where it is decided whether that is in the background: a log that goes nowhere is not even written.</summary>
    public DaemonSettings ForSecondStage(bool inBackground) =>
        this with { Foreground = !inBackground, MinimumLevel = inBackground && !KeepsOutput ? LogLevel.None : MinimumLevel };

    /// <summary>wireguard-go's words; what it does not know is the normal level.</summary>
    private static LogLevel MinimumLevelOf(string? text) => text switch
    {
        "verbose" or "debug" => LogLevel.Debug,
        "error" => LogLevel.Error,
        "silent" => LogLevel.None,
        _ => LogLevel.Information,
    };

    private static LogFormat FormatOf(Func<string, string?> variable)
    {
        var text = variable(FormatVariable);
        if (string.IsNullOrEmpty(text)) return LogFormat.Auto;
        return TryParseFormat(text) ?? throw new StartException($"{FormatVariable}={text} is none of {FormatNames}.");
    }

    private static int? Descriptor(string name, Func<string, string?> variable)
    {
        var text = variable(name);
        if (string.IsNullOrEmpty(text)) return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var descriptor) && descriptor > 2) return descriptor;
        throw new StartException($"{name}={text} is not the number of a descriptor above 2.");
    }

    private static int? Mtu(string name, Func<string, string?> variable)
    {
        var text = variable(name);
        if (string.IsNullOrEmpty(text)) return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var mtu) && mtu is >= 68 and <= ushort.MaxValue) return mtu;
        throw new StartException($"{name}={text} is not a number of bytes from 68 to 65535.");
    }
}
