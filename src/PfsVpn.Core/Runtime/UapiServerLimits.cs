using PfsVpn.Configuration;

namespace PfsVpn.Runtime;

/// <summary>The bounds of a <see cref="UapiServer"/>.</summary>
internal sealed record UapiServerLimits
{
    /// <summary>Connections at once. A further one takes the place of the one that has been silent for longest.</summary>
    public int Connections { get; init; } = 64;

    /// <summary>The largest set in bytes.</summary>
    public long SetBytes { get; init; } = UapiRequestReader.DefaultMaximumSetBytes;

    /// <summary>How long an answer, which may hold a private key, waits for a client that does not read it.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
