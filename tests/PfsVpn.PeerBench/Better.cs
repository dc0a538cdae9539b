namespace PfsVpn.PeerBench;

/// <summary>Which way a figure wants to go.</summary>
internal enum Better
{
    /// <summary>More is better.</summary>
    More,

    /// <summary>Less is better.</summary>
    Less,
}
