using Microsoft.Extensions.Logging;

namespace PfsVpn.Device;

/// <summary>Every message of a device, with its event id. Public keys are short, secrets never appear.</summary>
internal static partial class DeviceLog
{
    [LoggerMessage(1, LogLevel.Information, "peer({Peer}) - connected: handshake completed with {Endpoint}")]
    public static partial void PeerConnected(this ILogger logger, string peer, string endpoint);

    [LoggerMessage(2, LogLevel.Information, "peer({Peer}) - lost: no answer from {Endpoint} to initiations for {Seconds} s; giving up until there is something to send")]
    public static partial void PeerLost(this ILogger logger, string peer, string endpoint, int seconds);

    [LoggerMessage(3, LogLevel.Warning, "peer({Peer}) - no answer from {Endpoint} yet: is its address right, does it run, does a firewall drop UDP, does it know our public key?")]
    public static partial void NoAnswer(this ILogger logger, string peer, string endpoint);

    [LoggerMessage(4, LogLevel.Warning, "peer({Peer}) - the system does not send to {Endpoint}: {Reason}")]
    public static partial void NoRoute(this ILogger logger, string peer, string endpoint, string reason);

    [LoggerMessage(5, LogLevel.Warning, "peer({Peer}) - no endpoint is known: set one, or wait until the peer calls")]
    public static partial void NoEndpoint(this ILogger logger, string peer);

    [LoggerMessage(6, LogLevel.Warning, "{Endpoint} - initiation does not decrypt: the sender uses a wrong key")]
    public static partial void WrongKey(this ILogger logger, string endpoint);

    [LoggerMessage(7, LogLevel.Warning, "{Endpoint} - initiation from {Key}, which is no peer of this interface")]
    public static partial void UnknownPeer(this ILogger logger, string endpoint, string key);

    [LoggerMessage(8, LogLevel.Warning, "peer({Peer}) - response from {Endpoint} does not decrypt: the pre-shared keys differ, it is suspected")]
    public static partial void PresharedKeySuspected(this ILogger logger, string peer, string endpoint);

    [LoggerMessage(9, LogLevel.Warning, "peer({Peer}) - initiation from {Endpoint} repeats an old timestamp: a replay, or the peer's clock went back")]
    public static partial void ReplayedTimestamp(this ILogger logger, string peer, string endpoint);

    [LoggerMessage(10, LogLevel.Information, "peer({Peer}) - {Endpoint} is under load and demands a cookie; the next initiation carries it")]
    public static partial void CookieReceived(this ILogger logger, string peer, string endpoint);

    [LoggerMessage(11, LogLevel.Warning, "peer({Peer}) - {Endpoint} initiates again and again and does not take our responses: they do not arrive, or the pre-shared keys differ, it is suspected")]
    public static partial void NotConfirmed(this ILogger logger, string peer, string endpoint);

    [LoggerMessage(12, LogLevel.Warning, "peer({Peer}) - its public key is not usable: a point of small order")]
    public static partial void WeakKey(this ILogger logger, string peer);

    [LoggerMessage(13, LogLevel.Information, "peer({Peer}) - removed: its public key is this interface's own")]
    public static partial void SelfPeer(this ILogger logger, string peer);

    [LoggerMessage(14, LogLevel.Information, "peer({Peer}) - removed")]
    public static partial void PeerRemoved(this ILogger logger, string peer);

    [LoggerMessage(15, LogLevel.Debug, "peer({Peer}) - added")]
    public static partial void PeerAdded(this ILogger logger, string peer);

    [LoggerMessage(16, LogLevel.Debug, "peer({Peer}) - sending handshake initiation to {Endpoint}")]
    public static partial void SendingInitiation(this ILogger logger, string peer, string endpoint);

    [LoggerMessage(17, LogLevel.Debug, "peer({Peer}) - received handshake initiation from {Endpoint}, sending response")]
    public static partial void ReceivedInitiation(this ILogger logger, string peer, string endpoint);

    [LoggerMessage(18, LogLevel.Debug, "peer({Peer}) - received handshake response from {Endpoint}")]
    public static partial void ReceivedResponse(this ILogger logger, string peer, string endpoint);

    [LoggerMessage(19, LogLevel.Debug, "peer({Peer}) - handshake completed")]
    public static partial void HandshakeCompleted(this ILogger logger, string peer);

    [LoggerMessage(20, LogLevel.Debug, "peer({Peer}) - no answer for {Seconds} s, sending a new initiation")]
    public static partial void Unanswered(this ILogger logger, string peer, int seconds);

    [LoggerMessage(21, LogLevel.Debug, "peer({Peer}) - sending keepalive")]
    public static partial void SendingKeepalive(this ILogger logger, string peer);

    [LoggerMessage(22, LogLevel.Debug, "peer({Peer}) - keypair {Index} ends: {Reason}")]
    public static partial void KeypairEnds(this ILogger logger, string peer, uint index, string reason);

    [LoggerMessage(23, LogLevel.Debug, "peer({Peer}) - dropped a handshake message from {Endpoint}: {Reason}")]
    public static partial void HandshakeDropped(this ILogger logger, string peer, string endpoint, string reason);

    [LoggerMessage(24, LogLevel.Information, "Interface up, UDP port {Port}")]
    public static partial void InterfaceUp(this ILogger logger, int port);

    [LoggerMessage(25, LogLevel.Information, "Interface down")]
    public static partial void InterfaceDown(this ILogger logger);

    [LoggerMessage(26, LogLevel.Information, "Private key changed: all sessions end")]
    public static partial void PrivateKeyChanged(this ILogger logger);

    [LoggerMessage(27, LogLevel.Debug, "MTU is {Mtu}")]
    public static partial void MtuChanged(this ILogger logger, int mtu);

    [LoggerMessage(28, LogLevel.Error, "The interface is up, but its UDP port is not: {Reason}")]
    public static partial void BindFailed(this ILogger logger, string reason);

    [LoggerMessage(29, LogLevel.Error, "{Thread} failed: {Reason}")]
    public static partial void ThreadFailed(this ILogger logger, string thread, string reason);

    [LoggerMessage(30, LogLevel.Information, "Under load: handshakes without a cookie get a cookie reply")]
    public static partial void UnderLoad(this ILogger logger);

    [LoggerMessage(31, LogLevel.Debug, "Interface moved to another network namespace")]
    public static partial void InterfaceMoved(this ILogger logger);

    [LoggerMessage(32, LogLevel.Information, "peer({Peer}) - session ended: no handshake for {Seconds} s, its keys are erased")]
    public static partial void PeerIdle(this ILogger logger, string peer, int seconds);

    [LoggerMessage(33, LogLevel.Error, "A handshake was dropped, because no memory can be locked for its keys. {Reason}")]
    public static partial void OutOfSecretMemory(this ILogger logger, string reason);

    [LoggerMessage(34, LogLevel.Warning, "peer({Peer}) - not added: its public key is this interface's own")]
    public static partial void SelfPeerRefused(this ILogger logger, string peer);

    [LoggerMessage(35, LogLevel.Information, "The machine slept for {Seconds} s: peers that had a session are called at once")]
    public static partial void Slept(this ILogger logger, long seconds);

    [LoggerMessage(36, LogLevel.Error, "Interface failed: {Reason}")]
    public static partial void InterfaceFailed(this ILogger logger, string reason);
}
