namespace PfsVpn.Configuration;

/// <summary>Whether packets may leave the host beside the tunnel.</summary>
internal enum KillSwitchMode
{
    /// <summary>They may.</summary>
    Off,

    /// <summary>They may not while the tunnel is meant to be up, whatever became of the daemon.</summary>
    On,

    /// <summary>They may not, and taking the tunnel down does not change that.</summary>
    Always,
}
