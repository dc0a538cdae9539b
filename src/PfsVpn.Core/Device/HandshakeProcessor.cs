using Microsoft.Extensions.Logging;
using PfsVpn.Crypto;
using PfsVpn.Noise;
using PfsVpn.Packets;
using PfsVpn.Timers;
using PfsVpn.Transport;
using PfsVpn.Udp;

namespace PfsVpn.Device;

/// <summary>Starts (HandshakeProcessor.Initiate.cs) and answers handshakes, and turns them into keypairs.</summary>
/// <remarks>
/// References: WireGuard paper §5.4; kernel receive.c (wg_receive_handshake_packet) and send.c.
/// Threading: the control thread. Messages were screened by a pump: length, mac1, under load mac2.
/// </remarks>
internal sealed partial class HandshakeProcessor : IDisposable
{
    /// <summary>TOS of initiations and responses: DSCP AF41.</summary>
    private const byte HandshakeTos = 0x88;

    /// <summary>Responses in a row that the peer did not take, before the log says so.</summary>
    private const int UnconfirmedBeforeWarning = 3;

    private readonly WireGuardDevice _device;
    private readonly HandshakeDrops _drops;
    private readonly InitiationConsumer _consumer;
    private readonly Tai64nClock _clock = new();
    private readonly byte[] _message = new byte[MessageSizes.Initiation];

    public HandshakeProcessor(WireGuardDevice device)
    {
        _device = device;
        _drops = new HandshakeDrops(device);
        _consumer = new InitiationConsumer(device.Arena);
    }

    /// <summary>Those that came to nothing.</summary>
    public HandshakeDrops Refusals => _drops;

    /// <summary>Consumes one queued message.</summary>
    public void Handle(ReadOnlySpan<byte> message, in DatagramSource source, in ControlStep step)
    {
        if (!_device.IsUp)
        {
            _device.Drops.Add(DropReason.InterfaceDown);
            return;
        }
        if (_device.Sessions.IsResting(step.Now))
        {
            _device.Drops.Add(DropReason.Resting);
            return;
        }
        try
        {
            switch ((MessageType)message[0])
            {
                case MessageType.Initiation:
                    HandleInitiation(message, source, step);
                    break;
                case MessageType.Response:
                    HandleResponse(message, source, step);
                    break;
                case MessageType.CookieReply:
                    HandleCookieReply(message, source, step);
                    break;
                default:
                    _device.Drops.Add(DropReason.UnknownType);
                    break;
            }
        }
        catch (SecretMemoryException exception)
        {
            _drops.OutOfSecretMemory(exception, step.Now);
        }
    }

    /// <summary>Makes the next keypair current where the peer was heard on it; false where it was not.</summary>
    public bool TryConfirmNext(Peer peer, in ControlStep step)
    {
        if (peer.Keypairs.Next is not { IsConfirmedByPeer: true }) return false;
        peer.Keypairs.ConfirmNext(step.Now);
        Complete(peer, step);
        return true;
    }

    /// <summary>Destroys an outstanding handshake and its index.</summary>
    public void AbandonHandshake(Peer peer, KeyEndReason reason)
    {
        if (peer.HandshakeIndex != 0)
        {
            if (_device.Indices.Find(peer.HandshakeIndex) is { Keypair: null } entry) _device.Indices.Remove(peer.HandshakeIndex, entry);
            peer.HandshakeIndex = 0;
        }
        peer.Handshake.Clear(reason);
        peer.IsHandshakePending = false;
    }

    /// <summary>A handshake was completed: what that ends, and what the log says.</summary>
    public void Complete(Peer peer, in ControlStep step)
    {
        peer.Timers.HandshakeComplete();
        // An own initiation that the peer's handshake overtook may still be answered, but its secrets end when they would have.
        if (peer.Handshake.State == HandshakeState.InitiationSent) peer.Timers.Set(PeerTimer.RetransmitHandshake, peer.Handshake.Deadline);
        peer.AttemptsSince = default;
        peer.SilentSince = default;
        peer.LastMinuteHandshakeAsked = false;
        peer.InitiationSlot = default;
        peer.IsHinted = false;
        peer.WantsRecovery = false;
        peer.UnconfirmedInARow = 0;
        peer.LastHandshake = step.WallClock;
        peer.EnsureHandshakeRecord().NoteCompleted(step.Now);
        peer.LogGate.Reset();
        if (peer.IsConnected)
        {
            _device.Logger.HandshakeCompleted(peer.ShortName);
            return;
        }
        peer.IsConnected = true;
        _device.Logger.PeerConnected(peer.ShortName, peer.Endpoint?.ToString() ?? "");
    }

    public void Dispose() => _consumer.Dispose();

    private void HandleInitiation(ReadOnlySpan<byte> message, in DatagramSource source, in ControlStep step)
    {
        if (_device.Identity is not { } self)
        {
            _device.Drops.Add(DropReason.WrongMac1);
            return;
        }
        var result = _consumer.ReadStatic(message, self, out var key);
        if (result != NoiseResult.Ok)
        {
            _drops.Refused(null, result, source, step);
            return;
        }
        if (_device.Peers.Find(key) is not { } peer)
        {
            _consumer.Clear();
            _drops.UnknownPeer(key, source, step);
            return;
        }
        result = _consumer.Finish(peer.Handshake, step.Now);
        if (result != NoiseResult.Ok)
        {
            _drops.Refused(peer, result, source, step);
            return;
        }
        NoteReceived(peer, source, MessageSizes.Initiation, step);
        if (_device.Logger.IsEnabled(LogLevel.Debug)) _device.Logger.ReceivedInitiation(peer.ShortName, source.Remote.ToString());
        TryConfirmNext(peer, step);
        SendResponse(peer, step);
        _device.Schedule(peer);
    }

    private void SendResponse(Peer peer, in ControlStep step)
    {
        // The initiation took the one handshake slot: an own outstanding handshake is gone, and with it its index.
        if (peer.HandshakeIndex != 0 && _device.Indices.Find(peer.HandshakeIndex) is { Keypair: null } old) _device.Indices.Remove(peer.HandshakeIndex, old);
        peer.IsHandshakePending = false;
        var entry = new IndexEntry(peer, null);
        peer.HandshakeIndex = _device.Indices.Add(entry, step.Random);
        var message = _message.AsSpan(0, MessageSizes.Response);
        if (!peer.Handshake.TryCreateResponse(message, peer.HandshakeIndex, step.Random))
        {
            AbandonHandshake(peer, KeyEndReason.HandshakeAbandoned);
            _device.Drops.Add(DropReason.WeakKey);
            peer.EnsureHandshakeRecord().Note(HandshakeFailure.WeakKey, step.Now);
            return;
        }
        peer.Cookies.AddMacs(message, step.Now);
        if (peer.Keypairs.Next is not null && ++peer.UnconfirmedInARow >= UnconfirmedBeforeWarning) NoteNotTaken(peer, step.Now);
        peer.EnsureHandshakeRecord().NoteAnswered();
        peer.Keypairs.InstallAsResponder(DeriveKeypair(peer, entry, isInitiator: false, step));
        peer.ArmKeypairTimers();
        NoteHandshakeSent(peer, step);
        if (peer.Endpoint is { } endpoint) SendHandshake(peer, endpoint, message, step);
    }

    private void NoteNotTaken(Peer peer, MonotonicTime now)
    {
        peer.EnsureHandshakeRecord().Note(HandshakeFailure.ResponsesNotTaken, now);
        if (peer.LogGate.Allows(LogTopic.NotConfirmed, now)) _device.Logger.NotConfirmed(peer.ShortName, peer.Endpoint?.ToString() ?? "");
    }

    private void HandleResponse(ReadOnlySpan<byte> message, in DatagramSource source, in ControlStep step)
    {
        var index = MessageCodec.ReadResponseReceiver(message);
        if (_device.Identity is not { } self || _device.Indices.Find(index) is not { Keypair: null } entry || entry.Peer.HandshakeIndex != index)
        {
            _device.Drops.Add(DropReason.UnknownHandshake);
            return;
        }
        var peer = entry.Peer;
        var result = peer.Handshake.ConsumeResponse(message, self);
        if (result != NoiseResult.Ok)
        {
            _drops.Refused(peer, result, source, step);
            return;
        }
        if (_device.Logger.IsEnabled(LogLevel.Debug)) _device.Logger.ReceivedResponse(peer.ShortName, source.Remote.ToString());
        NoteReceived(peer, source, MessageSizes.Response, step);
        TryConfirmNext(peer, step);
        peer.Keypairs.InstallAsInitiator(DeriveKeypair(peer, entry, isInitiator: true, step), step.Now);
        peer.ArmKeypairTimers();
        peer.IsHandshakePending = false;
        Complete(peer, step);
        _device.SendKeepalive(peer, step);
        _device.Schedule(peer);
    }

    private void HandleCookieReply(ReadOnlySpan<byte> message, in DatagramSource source, in ControlStep step)
    {
        if (_device.Indices.Find(MessageCodec.ReadCookieReplyReceiver(message)) is not { } entry)
        {
            _device.Drops.Add(DropReason.UnknownHandshake);
            return;
        }
        var peer = entry.Peer;
        if (!peer.Cookies.ConsumeReply(message, step.Now))
        {
            _device.Drops.Add(DropReason.InvalidCookieReply);
            return;
        }
        peer.Timers.Set(PeerTimer.EndCookie, step.Now + ProtocolConstants.CookieUseTime);
        _device.Schedule(peer);
        peer.EnsureHandshakeRecord().Note(HandshakeFailure.UnderLoad, step.Now);
        if (peer.LogGate.Allows(LogTopic.Cookie, step.Now)) _device.Logger.CookieReceived(peer.ShortName, source.Remote.ToString());
    }

    private Keypair DeriveKeypair(Peer peer, IndexEntry entry, bool isInitiator, in ControlStep step)
    {
        var (send, receive) = AllocateSessionKeys(peer);
        var remoteIndex = peer.Handshake.RemoteIndex;
        peer.Handshake.DeriveSessionKeys(send, receive);
        var keypair = new Keypair(send, receive, peer.HandshakeIndex, remoteIndex, isInitiator, step.Now, _device.Sessions.LifeOf(peer)) { Erased = peer.NoteKeypairErased };
        _device.Indices.Replace(peer.HandshakeIndex, entry, new IndexEntry(peer, keypair));
        peer.HandshakeIndex = 0;
        peer.NoteKeypairMade();
        peer.Timers.SessionDerived(step.Now);
        return keypair;
    }

    private (SecretKey Send, SecretKey Receive) AllocateSessionKeys(Peer peer)
    {
        SecretKey? send = null;
        try
        {
            send = _device.Arena.Allocate();
            return (send, _device.Arena.Allocate());
        }
        catch (SecretMemoryException)
        {
            send?.Dispose();
            AbandonHandshake(peer, KeyEndReason.HandshakeAbandoned);
            throw;
        }
    }

    private static void NoteReceived(Peer peer, in DatagramSource source, int bytes, in ControlStep step)
    {
        peer.Statistics.AddReceived(bytes, packets: 1);
        peer.Roam(source.Remote, source.Local);
        peer.Activity.AnyReceived(step.Now);
    }

    private static void NoteHandshakeSent(Peer peer, in ControlStep step)
    {
        peer.LastHandshakeSent = step.Now;
        peer.QuietUntil = step.Now + ProtocolConstants.RekeyTimeout;
        peer.Activity.AnySent(step.Now);
    }

    private void SendHandshake(Peer peer, Endpoint endpoint, ReadOnlySpan<byte> message, in ControlStep step)
    {
        switch (step.Sink.Send(message, endpoint, HandshakeTos))
        {
            case UdpSendResult.SentWithoutSource:
                peer.ForgetSource(endpoint);
                break;
            case UdpSendResult.NoRoute:
                NotSent(peer, endpoint, isNoRoute: true, "no route to it", step);
                return;
            case UdpSendResult.Failed:
                NotSent(peer, endpoint, isNoRoute: false, "the datagram was refused", step);
                return;
            default:
                break;
        }
        peer.Statistics.AddSent(message.Length, packets: 1);
    }

    private void NotSent(Peer peer, Endpoint endpoint, bool isNoRoute, string reason, in ControlStep step)
    {
        _device.Drops.Add(DropReason.SendFailed);
        peer.EnsureHandshakeRecord().NoteSendFailure(isNoRoute, step.Sink.LastErrno, step.Now);
        if (peer.LogGate.Allows(LogTopic.NoRoute, step.Now)) _device.Logger.NoRoute(peer.ShortName, endpoint.ToString(), reason);
    }
}
