namespace PfsVpn.Lab.Memory.Peer;

/// <summary>What a test peer does when the daemon initiates.</summary>
internal enum InitiationAnswer
{
    /// <summary>It responds, and a session is made.</summary>
    Respond,

    /// <summary>It does nothing, but has learned what both ends share: the daemon's attempt is to be abandoned one day.</summary>
    Ignore,

    /// <summary>It gives the daemon a cookie, as one under load does.</summary>
    Cookie,
}
