using System.Globalization;
using PfsVpn.Tun;
using PfsVpn.Udp;

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

    /// <summary>Offloads of the TUN.</summary>
    public TunOffloadOptions Tun { get; init; } = TunOffloadOptions.All;

    /// <summary>Offloads of the socket.</summary>
    public LinuxUdpSocketOptions Udp { get; init; } = new();

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
        "tso" => this with { Tun = Tun with { Tso = false } },
        "uso" => this with { Tun = Tun with { Uso = false } },
        "gro" => this with { Tun = Tun with { Gro = false } },
        "udp-gso" => this with { Udp = Udp with { Gso = false } },
        "udp-gro" => this with { Udp = Udp with { Gro = false } },
        "all" => this with { Tun = TunOffloadOptions.None, Udp = Udp with { Gso = false, Gro = false } },
        _ => throw new StartException($"{OffloadVariable}: there is no offload \"{offload}\"; there are {OffloadNames}."),
    };
}
