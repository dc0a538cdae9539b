using PfsVpn.Crypto;
using PfsVpn.Noise;
using PfsVpn.Timers;

namespace PfsVpn.Benchmarks;

/// <summary>An initiator and a responder that know each other, in a time of their own, with some initiations that are prepared beforehand.</summary>
/// <remarks>Threading: one thread's. The keys are made for the benchmark and are gone with it.</remarks>
internal sealed class HandshakePair : IDisposable
{
    /// <summary>How many initiations are prepared.</summary>
    public const int Prepared = 128;

    // Initiations of one peer come no faster than this, or they count as a flood.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly SecretArena _arena = SecretArena.Create();
    private readonly HandshakeScratch _scratch;
    private readonly InitiationConsumer _consumer;
    private readonly StaticIdentity _left;
    private readonly StaticIdentity _right;
    private readonly RemoteIdentity _leftAsSeen;
    private readonly RemoteIdentity _rightAsSeen;
    private readonly CookieJar _toLeft;
    private readonly CookieJar _toRight;
    private readonly CookieChecker _leftChecker;
    private readonly CookieChecker _rightChecker;
    private readonly Handshake _initiator;
    private readonly Tai64nClock _clock = new();
    private readonly SecretKey[] _sessionKeys;
    private readonly byte[][] _initiations = new byte[Prepared][];
    private readonly byte[] _initiation = new byte[MessageSizes.Initiation];
    private readonly byte[] _response = new byte[MessageSizes.Response];
    private Handshake _responder;
    private TimeSpan _elapsed = TimeSpan.FromDays(1);

    public HandshakePair()
    {
        _scratch = new HandshakeScratch(_arena);
        _consumer = new InitiationConsumer(_arena);
        (_left, _right) = (MakeIdentity(), MakeIdentity());
        (_leftAsSeen, _rightAsSeen) = (new RemoteIdentity(_arena, _left.PublicKey), new RemoteIdentity(_arena, _right.PublicKey));
        Demand(_leftAsSeen.TryPrecompute(_right) && _rightAsSeen.TryPrecompute(_left));
        (_toLeft, _toRight) = (new CookieJar(_arena, _left.PublicKey), new CookieJar(_arena, _right.PublicKey));
        (_leftChecker, _rightChecker) = (new CookieChecker(_arena, _left.PublicKey), new CookieChecker(_arena, _right.PublicKey));
        (_initiator, _responder) = (new Handshake(_arena, _rightAsSeen, _scratch), new Handshake(_arena, _leftAsSeen, _scratch));
        _sessionKeys = [.. Enumerable.Range(0, 4).Select(_ => _arena.Allocate())];
        for (var i = 0; i < Prepared; i++)
        {
            Initiate();
            _initiations[i] = [.. _initiation];
        }
    }

    private MonotonicTime Now => new(_elapsed.Ticks * 100);

    /// <summary>A whole handshake, both sides, up to the session keys of both.</summary>
    public void BothSides()
    {
        Initiate();
        Consume(_initiation);
        Respond();
        Demand(_leftChecker.CheckMac1(_response) && _initiator.ConsumeResponse(_response, _left) == NoiseResult.Ok);
        _initiator.DeriveSessionKeys(_sessionKeys[2], _sessionKeys[3]);
    }

    /// <summary>The responder reads all prepared initiations, and answers none of them.</summary>
    public void ConsumePrepared()
    {
        ForgetHistory();
        foreach (var initiation in _initiations) Consume(initiation);
    }

    /// <summary>The responder's whole side for all prepared initiations: each is read and answered, and the session keys derived.</summary>
    public void AnswerPrepared()
    {
        ForgetHistory();
        foreach (var initiation in _initiations)
        {
            Consume(initiation);
            Respond();
        }
    }

    public void Dispose()
    {
        foreach (var key in _sessionKeys) key.Dispose();
        foreach (var part in new IDisposable[] { _initiator, _responder, _toLeft, _toRight, _leftChecker, _rightChecker, _leftAsSeen, _rightAsSeen, _left, _right, _consumer, _scratch, _arena })
            part.Dispose();
    }

    private static void Demand(bool worked)
    {
        if (!worked) throw new InvalidOperationException("A step of the handshake failed.");
    }

    private StaticIdentity MakeIdentity()
    {
        var key = _arena.Allocate();
        X25519.GeneratePrivateKey(key, SystemRandom.Instance);
        return new StaticIdentity(key);
    }

    /// <summary>A peer that has seen no initiation yet takes the prepared ones once more.</summary>
    private void ForgetHistory()
    {
        _responder.Dispose();
        _responder = new Handshake(_arena, _leftAsSeen, _scratch);
    }

    private void Initiate()
    {
        _elapsed += Interval;
        Demand(_initiator.TryCreateInitiation(_initiation, _left, 1, _clock.Next(_elapsed, _initiator.History.LastSent), SystemRandom.Instance));
        _toRight.AddMacs(_initiation, Now);
    }

    private void Consume(byte[] initiation)
    {
        _elapsed += Interval;
        Demand(_rightChecker.CheckMac1(initiation));
        Demand(_consumer.ReadStatic(initiation, _right, out _) == NoiseResult.Ok);
        Demand(_consumer.Finish(_responder, Now) == NoiseResult.Ok);
    }

    private void Respond()
    {
        Demand(_responder.TryCreateResponse(_response, 2, SystemRandom.Instance));
        _toLeft.AddMacs(_response, Now);
        _responder.DeriveSessionKeys(_sessionKeys[0], _sessionKeys[1]);
    }
}
