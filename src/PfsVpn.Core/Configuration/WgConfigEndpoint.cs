namespace PfsVpn.Configuration;

/// <summary>An endpoint that still has to be looked up: the daemon never resolves names, so whoever read the file does it before the change is sent.</summary>
/// <param name="Peer">The peer; its <see cref="PeerChange.Endpoint"/> is null until the look-up is done.</param>
/// <param name="Host">A name or an unusual form of an address, without brackets.</param>
/// <param name="Port">A port number or the name of a service.</param>
/// <param name="Line">Where it stands in the file, from 1; 0 for one that comes from a command line.</param>
internal sealed record WgConfigEndpoint(PeerChange Peer, string Host, string Port, int Line);
