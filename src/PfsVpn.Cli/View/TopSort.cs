namespace PfsVpn.Cli.View;

/// <summary>What <c>top</c> sorts by. Each has a direction that is the useful one; R turns it.</summary>
internal enum TopSort
{
    /// <summary>Name, then key, from A.</summary>
    Name,

    /// <summary>Bytes per second both ways, the most first.</summary>
    Rate,

    /// <summary>The latest handshake first.</summary>
    Handshake,

    /// <summary>The longest exposure first.</summary>
    Exposure,

    /// <summary>Connected first, then those that do not answer.</summary>
    State,

    /// <summary>Bytes both ways, the most first.</summary>
    Total,
}
