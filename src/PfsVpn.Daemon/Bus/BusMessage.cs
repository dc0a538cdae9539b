namespace PfsVpn.Daemon.Bus;

/// <summary>The kinds of messages.</summary>
internal enum BusMessageKind : byte
{
    Call = 1,
    Return = 2,
    Error = 3,
    Signal = 4,
}

/// <summary>A message as it was received. The descriptors that came with it are the connection's until somebody takes them.</summary>
/// <remarks>References: D-Bus specification, "Message Format".</remarks>
internal sealed record BusMessage(BusMessageKind Kind, uint Serial)
{
    /// <summary>The serial of the call that this answers, 0 for none.</summary>
    public uint ReplySerial { get; init; }

    public string Path { get; init; } = "";

    public string Interface { get; init; } = "";

    public string Member { get; init; } = "";

    public string ErrorName { get; init; } = "";

    /// <summary>Who it is for; of no interest in what was received.</summary>
    public string Destination { get; init; } = "";

    /// <summary>The unique name of who sent it: written by the bus, so it can be relied upon.</summary>
    public string Sender { get; init; } = "";

    /// <summary>The types of the body.</summary>
    public string Signature { get; init; } = "";

    /// <summary>How many descriptors belong to it.</summary>
    public uint Descriptors { get; init; }

    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Whether it is this signal.</summary>
    public bool IsSignal(string @interface, string member) =>
        Kind == BusMessageKind.Signal && string.Equals(Interface, @interface, StringComparison.Ordinal) && string.Equals(Member, member, StringComparison.Ordinal);
}
