using PfsVpn.Configuration;
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

    /// <summary>Whether its daemon answers, but the interface is not here (it is in another network namespace, say): then nothing of it can be looked at.</summary>
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

    /// <summary>What the file wants kept out of the network beside the tunnel.</summary>
    public KillSwitchMode KillSwitch { get; init; }

    /// <summary>Whether the file's hooks forward or masquerade.</summary>
    public bool Forwards { get; init; }

    public IReadOnlyList<PatientPeer> Peers { get; init; } = [];

    /// <summary>What peers of other tunnels on this host may use, with the name of each tunnel.</summary>
    public IReadOnlyList<(string Tunnel, IpPrefix Prefix)> Others { get; init; } = [];

    /// <summary>The network devices of the host and their addresses, but for the tunnel's own.</summary>
    public IReadOnlyList<(string Device, IpAddress Address, IpPrefix Prefix)> Networks { get; init; } = [];

    /// <summary>What a person types to name it: its name, or its file.</summary>
    public string Handle => Path is null || Path == Input.TunnelFileReader.PathOf(Name) ? Name : Path;

    /// <summary>Whether others come to it: a fixed port, and peers whose endpoints it does not know.</summary>
    public bool IsServer => FilePort != 0 && Peers.Any(static peer => !peer.KnowsEndpoint);
}
