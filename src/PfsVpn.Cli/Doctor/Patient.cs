using PfsVpn.Packets;

namespace PfsVpn.Cli.Doctor;

/// <summary>A tunnel as the checks see it: what its file says, and what runs. No secret.</summary>
internal sealed record Patient
{
    public required string Name { get; init; }

    /// <summary>Whether the user asked for this one: then it is to be up.</summary>
    public bool IsWanted { get; init; }

    /// <summary>Its file, or null where none is known.</summary>
    public string? Path { get; init; }

    /// <summary>Why the file cannot be used, or null. It names file, line and key.</summary>
    public string? FileError { get; init; }

    /// <summary>Whether the file is there and could be read.</summary>
    public bool HasFile { get; init; }

    /// <summary>What the file says that is probably not meant.</summary>
    public IReadOnlyList<string> FileWarnings { get; init; } = [];

    /// <summary>Whether its daemon answers.</summary>
    public bool Runs { get; init; }

    /// <summary>Whether its daemon answers, but the interface is not in this network namespace: then nothing of it can be looked at from here.</summary>
    public bool IsElsewhere { get; init; }

    /// <summary>Why the daemon could not be asked, or null.</summary>
    public string? DaemonError { get; init; }

    /// <summary>The version of the running daemon, or null where it does not say.</summary>
    public string? DaemonVersion { get; init; }

    public bool HasPrivateKey { get; init; }

    /// <summary>The port in the file; 0 for any.</summary>
    public ushort FilePort { get; init; }

    /// <summary>The port of the daemon; 0 where it does not run.</summary>
    public ushort ListenPort { get; init; }

    /// <summary>The mark of the daemon's packets; 0 for none.</summary>
    public uint FirewallMark { get; init; }

    /// <summary>Addresses in the file.</summary>
    public IReadOnlyList<IpPrefix> Addresses { get; init; } = [];

    /// <summary>The same without their prefix lengths.</summary>
    public IReadOnlyList<IpAddress> OwnAddresses { get; init; } = [];

    public IReadOnlyList<IpAddress> NameServers { get; init; } = [];

    /// <summary>Table of the file: <c>off</c> means that the user makes the routes.</summary>
    public string? Table { get; init; }

    /// <summary>Whether the file's hooks forward or masquerade.</summary>
    public bool Forwards { get; init; }

    public IReadOnlyList<PatientPeer> Peers { get; init; } = [];

    /// <summary>What peers of other tunnels on this host may use, with the name of each tunnel.</summary>
    public IReadOnlyList<(string Tunnel, IpPrefix Prefix)> Others { get; init; } = [];

    /// <summary>The network devices of the host and their addresses, but for the tunnel's own.</summary>
    public IReadOnlyList<(string Device, IpAddress Address, IpPrefix Prefix)> Networks { get; init; } = [];

    /// <summary>What a person types to name it: its name, or its file.</summary>
    public string Handle => Path is null || Path == $"{Input.TunnelFileReader.DefaultDirectory}/{Name}.conf" ? Name : Path;

    /// <summary>Whether others come to it: a fixed port, and peers whose endpoints it does not know.</summary>
    public bool IsServer => FilePort != 0 && Peers.Any(static peer => !peer.KnowsEndpoint);
}

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

    /// <summary>What the daemon says of its last failure, or null.</summary>
    public string? LastFailure { get; init; }

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

    /// <summary>Addresses at which the peer itself is likely to answer: those that it has alone, then the first of its networks.</summary>
    public IEnumerable<IpAddress> LikelyAddresses(Patient tunnel)
    {
        foreach (var prefix in AllowedIps.Where(static prefix => prefix.Length == prefix.Address.BitLength)) yield return prefix.Address;
        foreach (var own in tunnel.Addresses.Where(own => own.Length < own.Address.BitLength && AllowedIps.Any(prefix => Input.Prefixes.Covers(prefix, own))))
        {
            var first = Provision.AddressPlan.HostOf(own, 1);
            if (!tunnel.OwnAddresses.Contains(first)) yield return first;
        }
        foreach (var server in tunnel.NameServers.Where(server => AllowedIps.Any(prefix => Input.Prefixes.Contains(prefix, server)))) yield return server;
        foreach (var prefix in AllowedIps.Where(static prefix => prefix.Length < prefix.Address.BitLength && prefix.Length > 1))
        {
            var first = Provision.AddressPlan.HostOf(prefix, 1);
            if (!tunnel.OwnAddresses.Contains(first)) yield return first;
        }
    }
}
