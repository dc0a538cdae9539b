namespace PfsVpn.Lab.Memory.Experiment;

/// <summary>How long an experiment waits until something must be gone.</summary>
internal static class Waits
{
    /// <summary>How long a pump and the control loop take at most until they have scrubbed in depth; the design says a second.</summary>
    public static readonly TimeSpan Settling = TimeSpan.FromSeconds(1.5);

    /// <summary>How long the previous keypair may live after the first packet on the newer, and a second until the daemon looked.</summary>
    public static readonly TimeSpan PreviousLife = TimeSpan.FromSeconds(6);

    /// <summary>REJECT_AFTER_TIME, and a second for the daemon.</summary>
    public static readonly TimeSpan KeyLife = TimeSpan.FromSeconds(181);
}
