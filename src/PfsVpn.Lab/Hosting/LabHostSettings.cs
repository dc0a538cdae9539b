using System.Globalization;
using PfsVpn.Crypto;
using PfsVpn.Packets;

namespace PfsVpn.Lab.Hosting;

/// <summary>How a lab process hosts its device: the words behind <c>lab host</c>.</summary>
internal sealed record LabHostSettings
{
    /// <summary>How its secrets are kept: in locked memory an attacker can read them, in memfd_secret memory not.</summary>
    public SecretArenaKind Arena { get; init; } = SecretArenaKind.LockedMemory;

    /// <summary>Where its randomness comes from.</summary>
    public LabRandomness Randomness { get; init; }

    /// <summary>The seed, where it is seeded.</summary>
    public ulong Seed { get; init; }

    /// <summary>The device's inner IPv4 address.</summary>
    public required IpAddress Address { get; init; }

    /// <summary>Where its traffic goes: an inner IPv4 address of the peer.</summary>
    public required IpAddress Peer { get; init; }

    /// <summary>As words of a command line.</summary>
    public string[] ToWords() =>
    [
        $"arena={(Arena == SecretArenaKind.MemfdSecret ? "memfd" : "locked")}",
        Randomness == LabRandomness.Seeded ? string.Create(CultureInfo.InvariantCulture, $"random={Seed}") : $"random={(Randomness == LabRandomness.StaticKey ? "static" : "system")}",
        $"address={Address}",
        $"peer={Peer}",
    ];

    /// <summary>Reads what <see cref="ToWords"/> wrote.</summary>
    /// <exception cref="LabException">A word is not understood, or an address is missing.</exception>
    public static LabHostSettings Parse(IReadOnlyList<string> words)
    {
        var settings = new LabHostSettings { Address = default, Peer = default };
        foreach (var word in words)
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            settings = equals < 0 ? throw Wrong(word) : settings.With(word[..equals], word[(equals + 1)..]) ?? throw Wrong(word);
        }
        return settings.Address.IsV4 && settings.Peer.IsV4 ? settings : throw new LabException("lab host wants address=IPV4 and peer=IPV4.");
    }

    private static LabException Wrong(string word) => new($"lab host does not understand `{word}'.");

    private LabHostSettings? With(string key, string value) => key switch
    {
        "arena" when value == "memfd" => this with { Arena = SecretArenaKind.MemfdSecret },
        "arena" when value == "locked" => this with { Arena = SecretArenaKind.LockedMemory },
        "random" when value == "system" => this with { Randomness = LabRandomness.System },
        "random" when value == "static" => this with { Randomness = LabRandomness.StaticKey },
        "random" when ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seed) => this with { Randomness = LabRandomness.Seeded, Seed = seed },
        "address" when IpAddress.TryParse(value, out var address) => this with { Address = address },
        "peer" when IpAddress.TryParse(value, out var peer) => this with { Peer = peer },
        _ => null,
    };
}

/// <summary>Where the randomness of a lab process comes from.</summary>
internal enum LabRandomness
{
    /// <summary>The system.</summary>
    System,

    /// <summary><see cref="SeededSource"/>: an experiment can compute it again.</summary>
    Seeded,

    /// <summary><see cref="StaticKeySource"/>: no ephemeral keys.</summary>
    StaticKey,
}
