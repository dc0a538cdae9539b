namespace PfsVpn.Cli.Attend;

/// <summary>One command of the user that is to run.</summary>
/// <param name="Command">For <c>/bin/sh -c</c>, %i replaced.</param>
/// <param name="Environment">Variables that it gets beside ours.</param>
internal sealed record HookCall(string Command, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>The hooks of a peer for an event.</summary>
    public static IEnumerable<HookCall> Of(AttendedPeer peer, SessionEvent what, string interfaceName, string endpoint)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["WG_INTERFACE"] = interfaceName,
            ["PFSVPN_PEER"] = peer.PublicKey.ToString(),
            ["PFSVPN_PEER_NAME"] = peer.Name ?? "",
            ["PFSVPN_ENDPOINT"] = endpoint,
            ["PFSVPN_EVENT"] = what == SessionEvent.Connect ? "connect" : "disconnect",
        };
        return (what == SessionEvent.Connect ? peer.OnConnect : peer.OnDisconnect).Select(command => new HookCall(command.Replace("%i", interfaceName, StringComparison.Ordinal), variables));
    }
}
