using System.Diagnostics;
using PfsVpn.Crypto;
using PfsVpn.Noise;
using PfsVpn.Timers;

namespace PfsVpn.Lab.Policies;

/// <summary>What a handshake costs on this machine: both sides of it, run one after the other.</summary>
internal static class HandshakeCost
{
    private const int Rounds = 300;

    /// <summary>Processor time of one side, on average of the two: the better half of many rounds.</summary>
    public static TimeSpan Measure()
    {
        using var arena = SecretArena.Create(SecretArenaKind.LockedMemory);
        using var initiator = new Side(arena);
        using var responder = new Side(arena);
        initiator.Meet(responder);
        responder.Meet(initiator);
        var times = new List<TimeSpan>(Rounds);
        for (var round = 1; round <= Rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            Run(initiator, responder, (uint)round);
            times.Add(Stopwatch.GetElapsedTime(start));
        }
        times.Sort();
        return times[Rounds / 4] / 2;
    }

    private static void Run(Side initiator, Side responder, uint round)
    {
        Span<byte> initiation = stackalloc byte[MessageSizes.Initiation];
        Span<byte> response = stackalloc byte[MessageSizes.Response];
        var now = new MonotonicTime(round * 1_000_000_000L);
        var timestamp = initiator.Clock.Next(TimeSpan.FromSeconds(1_700_000_000 + round), initiator.Handshake!.History.LastSent);
        var done = initiator.Handshake.TryCreateInitiation(initiation, initiator.Self, round, timestamp, SystemRandom.Instance)
            && responder.Consumer.ReadStatic(initiation, responder.Self, out _) == NoiseResult.Ok
            && responder.Consumer.Finish(responder.Handshake!, now) == NoiseResult.Ok
            && responder.Handshake!.TryCreateResponse(response, round, SystemRandom.Instance)
            && initiator.Handshake.ConsumeResponse(response, initiator.Self) == NoiseResult.Ok;
        if (!done) throw new LabException("A handshake that must succeed did not.");
        initiator.DeriveKeys();
        responder.DeriveKeys();
    }

    /// <summary>What a device holds for one peer.</summary>
    private sealed class Side : IDisposable
    {
        private readonly SecretArena _arena;
        private readonly HandshakeScratch _scratch;
        private RemoteIdentity? _remote;

        public Side(SecretArena arena)
        {
            _arena = arena;
            _scratch = new HandshakeScratch(arena);
            var key = arena.Allocate();
            X25519.GeneratePrivateKey(key, SystemRandom.Instance);
            Self = new StaticIdentity(key);
            Consumer = new InitiationConsumer(arena);
        }

        public StaticIdentity Self { get; }

        public InitiationConsumer Consumer { get; }

        public Tai64nClock Clock { get; } = new();

        public Handshake? Handshake { get; private set; }

        public void Meet(Side other)
        {
            _remote = new RemoteIdentity(_arena, other.Self.PublicKey);
            _remote.TryPrecompute(Self);
            Handshake = new Handshake(_arena, _remote, _scratch);
        }

        public void DeriveKeys()
        {
            using var send = _arena.Allocate();
            using var receive = _arena.Allocate();
            Handshake!.DeriveSessionKeys(send, receive);
        }

        public void Dispose()
        {
            Handshake?.Dispose();
            _remote?.Dispose();
            Consumer.Dispose();
            _scratch.Dispose();
            Self.Dispose();
        }
    }
}
