namespace PfsVpn.Tun;

/// <summary>A layer-3 tunnel adapter: one or more queues of packets that the system sends, and writers for those that it receives.</summary>
/// <remarks>
/// Threading: the properties from any thread; a queue and a writer belong to one thread each.
/// Errors: constructors throw; queues and writers never do.
/// </remarks>
internal interface ITunDevice : IDisposable
{
    /// <summary>The interface's name.</summary>
    string Name { get; }

    /// <summary>The interface's MTU in bytes, kept up to date.</summary>
    int Mtu { get; }

    /// <summary>The queues, at least one. The system keeps the packets of a flow on one of them.</summary>
    IReadOnlyList<ITunQueue> Queues { get; }

    /// <summary>What is in force now: what was asked for, less what the system refused at start or since.</summary>
    TunOffloads Offloads { get; }

    /// <summary>Why there are no more packets though nobody deleted the interface, in words for the log; null while there are, and where it was deleted.</summary>
    string? Failure => null;

    /// <summary>Makes a writer for the calling thread, which owns and disposes it.</summary>
    ITunWriter OpenWriter();
}
