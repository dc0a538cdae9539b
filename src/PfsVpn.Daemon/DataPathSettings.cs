using System.Globalization;

namespace PfsVpn.Daemon;

/// <summary>How packets are carried: how many threads, and which offloads stay unused though the kernel has them.</summary>
/// <remarks>By environment variables, so that they reach the daemon through wg-quick and systemd as well.</remarks>
internal sealed record DataPathSettings
{
    public const string ThreadsVariable = "PFSVPN_THREADS";
    public const string OffloadVariable = "PFSVPN_NO_OFFLOAD";

    private const int MostThreads = 64;
    private const int MostThreadsByDefault = 8;
    private const string OffloadNames = "tso, uso, gro, udp-gso, udp-gro, all";

    /// <summary>Threads for each direction: half of the processors, as each direction has its own.</summary>
    public int Threads { get; init; } = Math.Clamp(Environment.ProcessorCount / 2, 1, MostThreadsByDefault);

    /// <summary>Whether the TUN hands over TCP super-packets.</summary>
    public bool TunTso { get; init; } = true;

    /// <summary>Whether the TUN hands over UDP super-packets.</summary>
    public bool TunUso { get; init; } = true;

    /// <summary>Whether packets of a flow are coalesced on their way into the TUN.</summary>
    public bool TunGro { get; init; } = true;

    /// <summary>Whether datagrams are sent many at a time.</summary>
    public bool UdpGso { get; init; } = true;

    /// <summary>Whether datagrams are received many at a time.</summary>
    public bool UdpGro { get; init; } = true;

    /// <summary>Reads the environment.</summary>
    /// <exception cref="StartException">A variable has a value that cannot be.</exception>
    public static DataPathSettings From(Func<string, string?> variable)
    {
        var settings = new DataPathSettings();
        var threads = variable(ThreadsVariable);
        if (!string.IsNullOrEmpty(threads))
        {
            if (!int.TryParse(threads, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count is < 1 or > MostThreads)
                throw new StartException($"{ThreadsVariable}={threads} is not a number from 1 to {MostThreads}.");
            settings = settings with { Threads = count };
        }
        foreach (var name in (variable(OffloadVariable) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            settings = settings.Without(name);
        return settings;
    }

    private DataPathSettings Without(string offload) => offload switch
    {
        "tso" => this with { TunTso = false },
        "uso" => this with { TunUso = false },
        "gro" => this with { TunGro = false },
        "udp-gso" => this with { UdpGso = false },
        "udp-gro" => this with { UdpGro = false },
        "all" => this with { TunTso = false, TunUso = false, TunGro = false, UdpGso = false, UdpGro = false },
        _ => throw new StartException($"{OffloadVariable}: there is no offload \"{offload}\"; there are {OffloadNames}."),
    };
}
