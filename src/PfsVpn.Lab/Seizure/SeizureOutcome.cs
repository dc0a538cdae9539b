namespace PfsVpn.Lab.Seizure;

/// <summary>A recorded data message, and whether the attacker reads it.</summary>
/// <param name="Age">Its age at the seizure.</param>
/// <param name="Bytes">Bytes of text.</param>
/// <param name="IsRead">Whether it was opened.</param>
/// <param name="IsLive">Whether it belongs to a session whose keys the protocol still had a use for.</param>
internal readonly record struct SeizedMessage(TimeSpan Age, int Bytes, bool IsRead, bool IsLive);

/// <summary>What an attacker got out of one seizure.</summary>
internal sealed record SeizureOutcome
{
    /// <summary>What was seized, in words.</summary>
    public required string Name { get; init; }

    /// <summary>How long the devices had talked.</summary>
    public required TimeSpan Talk { get; init; }

    /// <summary>Every recorded data message of a session that was seen to begin.</summary>
    public required IReadOnlyList<SeizedMessage> Messages { get; init; }

    /// <summary>Sessions recorded.</summary>
    public required int Sessions { get; init; }

    /// <summary>Sessions whose keys the protocol still had a use for.</summary>
    public required int LiveSessions { get; init; }

    /// <summary>The age of the oldest of them.</summary>
    public required TimeSpan LiveWindow { get; init; }

    /// <summary>Initiations that gave the initiator's identity.</summary>
    public required int Identities { get; init; }

    /// <summary>Initiations that gave their timestamp.</summary>
    public required int Timestamps { get; init; }

    /// <summary>Handshakes that gave session keys.</summary>
    public required int OpenedHandshakes { get; init; }

    /// <summary>Session keys found in memory, each once for every place where it is.</summary>
    public required IReadOnlyCollection<FoundKey> KeysInMemory { get; init; }

    /// <summary>Ephemeral private keys found in memory.</summary>
    public required int EphemeralKeysInMemory { get; init; }

    /// <summary>Bytes of memory that were read, of both processes.</summary>
    public required ulong MemoryBytes { get; init; }

    /// <summary>Windows of memory tried as session keys.</summary>
    public required long Windows { get; init; }

    /// <summary>Windows of memory multiplied out as private keys.</summary>
    public required long Multiplied { get; init; }

    /// <summary>How long the attack took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>How many different session keys were found in memory.</summary>
    public int DistinctKeysInMemory => KeysInMemory.DistinctBy(static key => Convert.ToHexString(key.Key), StringComparer.Ordinal).Count();

    /// <summary>Messages that were read though no key for them should have existed.</summary>
    public int ReadBeyond => Messages.Count(static message => message.IsRead && !message.IsLive);

    /// <summary>Messages that were read.</summary>
    public int Read => Messages.Count(static message => message.IsRead);

    /// <summary>The age of the oldest message that was read; zero for none.</summary>
    public TimeSpan OldestRead => Messages.Where(static message => message.IsRead).Select(static message => message.Age).DefaultIfEmpty().Max();
}
