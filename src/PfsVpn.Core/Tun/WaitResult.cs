namespace PfsVpn.Tun;

/// <summary>What ended a wait on a device.</summary>
internal enum WaitResult
{
    /// <summary>There is something to read.</summary>
    Readable,

    /// <summary>Somebody called Interrupt.</summary>
    Interrupted,

    /// <summary>The device is gone for good.</summary>
    Closed,

    /// <summary>The time that was given has passed.</summary>
    TimedOut,
}
