namespace PfsVpn.Cli.View;

/// <summary>A column of the table of peers.</summary>
internal enum TopColumn
{
    Interface,
    Peer,
    State,
    Endpoint,
    In,
    InBars,
    Out,
    OutBars,
    Bars,
    Received,
    Sent,
    Handshake,
    Exposed,
    Rekey,
    Failure,
}
