namespace PfsVpn.Daemon.Watch;

/// <summary>Somebody who has something to do before the machine sleeps.</summary>
/// <remarks>Threading: called on the watch's thread.</remarks>
internal interface ISleeper
{
    /// <summary>The machine waits, not for long, until this completes. Called again where the machine tries again.</summary>
    Task PrepareForSleepAsync();

    /// <summary>The machine is awake, or stayed awake after all.</summary>
    void Resume();
}
