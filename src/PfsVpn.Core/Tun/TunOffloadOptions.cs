namespace PfsVpn.Tun;

/// <summary>Which offloads a TUN may use. What is asked for and refused by the system is done without: see <see cref="TunOffloads"/>.</summary>
internal sealed record TunOffloadOptions
{
    /// <summary>All of them.</summary>
    public static TunOffloadOptions All { get; } = new();

    /// <summary>None: bare packets, one at a time.</summary>
    public static TunOffloadOptions None { get; } = new() { Tso = false, Uso = false, Gro = false };

    /// <summary>The system may hand over TCP super-packets and leave checksums to us.</summary>
    public bool Tso { get; init; } = true;

    /// <summary>The same for UDP. Only together with <see cref="Tso"/>.</summary>
    public bool Uso { get; init; } = true;

    /// <summary>Packets of a flow are handed to the system in one piece: TCP always, UDP where <see cref="Uso"/> is in force.</summary>
    public bool Gro { get; init; } = true;
}
