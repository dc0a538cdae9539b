using PfsVpn.Crypto;
using PfsVpn.Noise;
using PfsVpn.Timers;

namespace PfsVpn.Tests.Noise;

/// <summary>One end of a handshake, with an arena of its own: everything that a device holds for one peer.</summary>
internal sealed class NoiseSide : IDisposable
{
    public NoiseSide(byte[] privateKey, PublicKey remote, byte[]? presharedKey = null)
    {
        Arena = SecretArena.Create(SecretArenaKind.LockedMemory);
        Self = new StaticIdentity(Secret(privateKey));
        Remote = new RemoteIdentity(Arena, remote) { PresharedKey = presharedKey is null ? null : Secret(presharedKey) };
        Scratch = new HandshakeScratch(Arena);
        Consumer = new InitiationConsumer(Arena);
        Handshake = new Handshake(Arena, Remote, Scratch);
        Checker = new CookieChecker(Arena, Self.PublicKey);
        Jar = new CookieJar(Arena, remote);
    }

    public SecretArena Arena { get; }
    public StaticIdentity Self { get; }
    public RemoteIdentity Remote { get; }
    public HandshakeScratch Scratch { get; }
    public InitiationConsumer Consumer { get; }
    public Handshake Handshake { get; }
    public CookieChecker Checker { get; }
    public CookieJar Jar { get; }
    public ScriptedRandom Random { get; init; } = new();
    public Tai64nClock Clock { get; } = new();

    /// <summary>How many 32-byte blocks of the arena are not zero: the secrets that exist.</summary>
    public unsafe int LiveSecrets
    {
        get
        {
            var live = 0;
            foreach (var (address, length) in Arena.Extents)
                for (var offset = 0; offset < length; offset += SecretKey.SizeInBytes)
                    if (new ReadOnlySpan<byte>((byte*)address + offset, SecretKey.SizeInBytes).ContainsAnyExcept((byte)0)) live++;
            return live;
        }
    }

    /// <summary>Two ends that know each other, with fixed keys.</summary>
    public static (NoiseSide Initiator, NoiseSide Responder) Pair(byte[]? initiatorPsk = null, byte[]? responderPsk = null)
    {
        byte[] a = [.. Enumerable.Repeat((byte)0x11, 32)], b = [.. Enumerable.Repeat((byte)0x22, 32)];
        var initiator = new NoiseSide(a, PublicOf(b), initiatorPsk) { Random = new ScriptedRandom(Block(0x31)) };
        var responder = new NoiseSide(b, PublicOf(a), responderPsk) { Random = new ScriptedRandom(Block(0x32)) };
        Assert.True(initiator.Remote.TryPrecompute(initiator.Self));
        Assert.True(responder.Remote.TryPrecompute(responder.Self));
        return (initiator, responder);
    }

    public static byte[] Block(byte value) => [.. Enumerable.Repeat(value, 32)];

    public static PublicKey PublicOf(byte[] privateKey)
    {
        using var arena = SecretArena.Create(SecretArenaKind.LockedMemory);
        using var secret = arena.Allocate();
        privateKey.CopyTo(secret.Bytes);
        X25519.Clamp(secret);
        return X25519.ComputePublicKey(secret);
    }

    public SecretKey Secret(byte[] bytes)
    {
        var secret = Arena.Allocate();
        bytes.CopyTo(secret.Bytes);
        return secret;
    }

    /// <summary>A complete initiation, MACs included.</summary>
    public byte[] Initiate(uint index, double wallSeconds = 1_700_000_000, MonotonicTime now = default)
    {
        var message = new byte[MessageSizes.Initiation];
        var timestamp = Clock.Next(TimeSpan.FromSeconds(wallSeconds), Handshake.History.LastSent);
        Assert.True(Handshake.TryCreateInitiation(message, Self, index, timestamp, Random));
        Jar.AddMacs(message, now);
        return message;
    }

    /// <summary>Both stages of consuming an initiation, mac1 first.</summary>
    public NoiseResult Accept(byte[] initiation, MonotonicTime now = default)
    {
        Assert.True(Checker.CheckMac1(initiation));
        var result = Consumer.ReadStatic(initiation, Self, out var sender);
        if (result != NoiseResult.Ok) return result;
        Assert.Equal(Remote.PublicKey, sender);
        return Consumer.Finish(Handshake, now);
    }

    /// <summary>A complete response, MACs included.</summary>
    public byte[] Respond(uint index, MonotonicTime now = default)
    {
        var message = new byte[MessageSizes.Response];
        Assert.True(Handshake.TryCreateResponse(message, index, Random));
        Jar.AddMacs(message, now);
        return message;
    }

    /// <summary>The session keys, copied out for comparing: these are not secrets, the static keys are in this file.</summary>
    public (byte[] Send, byte[] Receive) DeriveKeys()
    {
        using var send = Arena.Allocate();
        using var receive = Arena.Allocate();
        Handshake.DeriveSessionKeys(send, receive);
        return (send.Bytes.ToArray(), receive.Bytes.ToArray());
    }

    public void Dispose()
    {
        Jar.Dispose();
        Checker.Dispose();
        Handshake.Dispose();
        Consumer.Dispose();
        Scratch.Dispose();
        Remote.Dispose();
        Self.Dispose();
        Assert.Equal(0, Arena.SlotsInUse);
        Assert.Equal(0, LiveSecrets);
        Arena.Dispose();
    }
}
