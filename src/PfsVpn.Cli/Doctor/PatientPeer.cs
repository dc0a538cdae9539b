using PfsVpn.Packets;

namespace PfsVpn.Cli.Doctor;

/// <summary>One peer of a <see cref="Patient"/>.</summary>
internal sealed record PatientPeer
{
    private const int SessionSeconds = 180, SilentSeconds = 3;

    public required string PublicKey { get; init; }

    /// <summary>Its name, or the beginning of its key.</summary>
    public required string Label { get; init; }

    /// <summary>What the file gives it; what the daemon does where there is no file.</summary>
    public IReadOnlyList<IpPrefix> AllowedIps { get; init; } = [];

    /// <summary>What does not go through the tunnel although an allowed IP covers it.</summary>
    public IReadOnlyList<IpPrefix> ExcludedIps { get; init; } = [];

    /// <summary>The endpoint in force, or the file's.</summary>
    public EndpointAddress? Endpoint { get; init; }

    /// <summary>The endpoint where the file gives it by name.</summary>
    public (string Host, string Port)? NamedEndpoint { get; init; }

    /// <summary>Whether the daemon has it; false also where the daemon does not run.</summary>
    public bool Runs { get; init; }

    /// <summary>Whether the file has it; false also where there is no file.</summary>
    public bool IsInFile { get; init; }

    /// <summary>Seconds since 1970; 0 for never.</summary>
    public long LastHandshake { get; init; }

    /// <summary>Seconds between keepalives; 0 for none.</summary>
    public int Keepalive { get; init; }

    /// <summary>Whether the endpoint is where the peer last came from, and not in the file: it may be gone, and the peer has to come again.</summary>
    public bool EndpointIsLearnt { get; init; }

    /// <summary>Whether this end can begin.</summary>
    public bool KnowsEndpoint => !EndpointIsLearnt && (Endpoint is not null || NamedEndpoint is not null);

    /// <summary>Seconds since the last handshake, or null for never.</summary>
    public long? HandshakeAge(DateTimeOffset now) => LastHandshake == 0 ? null : Math.Max(0, now.ToUnixTimeSeconds() - LastHandshake);

    /// <summary>Seconds since the handshake began that is not answered yet, or null.</summary>
    public double? Unanswered { get; init; }

    /// <summary>Whether there are keys now, and no sign that the peer has gone: a session lives for three minutes after its handshake, and is renewed where nothing comes back.</summary>
    public bool IsConnected(DateTimeOffset now) => HandshakeAge(now) < SessionSeconds && !(Unanswered > SilentSeconds);

    /// <summary>Addresses at which the peer itself is likely to answer.</summary>
    public IEnumerable<IpAddress> LikelyAddresses(Patient tunnel) => Paths.LikelyAddresses.Of(AllowedIps, tunnel.Addresses, tunnel.OwnAddresses, tunnel.NameServers);
}
