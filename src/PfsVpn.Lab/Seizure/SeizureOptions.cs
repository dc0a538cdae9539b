using PfsVpn.Noise;

namespace PfsVpn.Lab.Seizure;

/// <summary>How long two devices talk before they are seized, and how.</summary>
internal sealed record SeizureOptions
{
    /// <summary>How long they talk.</summary>
    public TimeSpan Talk { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>The age in seconds at which keys get a successor; 0 for the protocol's own.</summary>
    public ushort RekeyAfterSeconds { get; init; }

    /// <summary>Inner packets a second, each way.</summary>
    public int PacketsPerSecond { get; init; } = 25;

    /// <summary>The age at which a key is refused: 1.5 times that of its successor.</summary>
    public TimeSpan RejectAfter => RekeyAfterSeconds == 0 ? ProtocolConstants.RejectAfterTime : TimeSpan.FromSeconds(1.5 * RekeyAfterSeconds);
}
