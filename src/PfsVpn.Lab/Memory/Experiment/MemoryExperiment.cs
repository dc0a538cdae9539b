using System.Net;
using System.Security.Cryptography;
using PfsVpn.Lab.Memory.Peer;
using PfsVpn.Lab.Memory.Search;
using PfsVpn.Lab.Memory.Target;

namespace PfsVpn.Lab.Memory.Experiment;

/// <summary>The memory search against a daemon of its own, from its start to interface down.</summary>
/// <remarks>
/// Each phase makes one kind of end of keys happen, waits as long as the protocol takes, and searches all memory. Ownership: disposing it ends the daemon.
/// </remarks>
internal sealed class MemoryExperiment : IMemoryExperiment
{
    private const int Port = 51820;
    private static readonly IPAddress HostAddress = IPAddress.Parse("10.77.0.1");

    private readonly MemoryExperimentOptions _options;
    private readonly TargetDaemon _daemon;
    private readonly ProcessMemory _memory;
    private readonly LabTunnel _tunnel;
    private readonly SecretBook _book = new();
    private readonly HashSet<LabSession> _ended = [];
    private readonly List<PhaseResult> _phases = [];
    private byte[] _privateKey = LabCrypto.NewPrivateKey();
    private int _peers;

    /// <summary>Starts the daemon and configures it.</summary>
    /// <exception cref="LabException">It does not start, or there is no right to make namespaces.</exception>
    public MemoryExperiment(MemoryExperimentOptions options)
    {
        _options = options;
        _daemon = TargetDaemon.Start(options.Program, options.WithoutMemfdSecret, options.Environment);
        try
        {
            _memory = ProcessMemory.Open(_daemon.ProcessId);
            _daemon.Place.Ip("link set lo up");
            _daemon.Place.Ip($"address add {HostAddress}/24 dev {_daemon.Name}");
            _daemon.Place.Ip($"link set {_daemon.Name} mtu 1420 up");
            _tunnel = new LabTunnel(_daemon.Name, _daemon.Place, HostAddress);
        }
        catch (LabException)
        {
            _memory?.Dispose();
            _daemon.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Title => $"{_options.Program}{(_options.WithoutMemfdSecret ? ", on a kernel without memfd_secret" : "")}";

    /// <inheritdoc/>
    public IReadOnlyList<PhaseResult> Run()
    {
        _book.AddLive(PrivateKeySecret());
        _tunnel.Set($"private_key={Convert.ToHexStringLower(_privateKey)}\nlisten_port={Port}");
        _book.AddDead(_tunnel.Marker, _tunnel.StagedMarker);
        var (called, calling) = (default(LabPeer)!, default(LabPeer)!);
        Action[] steps =
        [
            () => (called, calling) = Configure(), () => Talk(called, calling), () => Rekey(called, calling), BeSilent, Abandon, () => Remove(called), () => ChangeKey(calling), Down,
        ];
        foreach (var step in steps)
        {
            step();
            if (_phases.Count > 0 && _options.OnlyPhase is not null) break;
        }
        return _phases;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tunnel.Dispose();
        _memory.Dispose();
        _daemon.Dispose();
    }

    private Secret PrivateKeySecret() => new(SecretKind.PrivateKey, "the daemon's private key", (byte[])_privateKey.Clone());

    private void Search(string phase)
    {
        if (_options.OnlyPhase is { } only && only != phase) return;
        _book.Enter(_tunnel.Peers.SelectMany(static peer => peer.Peer.Sessions), _ended);
        _phases.Add(_book.Search(phase, _memory));
    }

    private LabPeer AddPeer(string name, bool withPresharedKey)
    {
        var presharedKey = withPresharedKey ? RandomNumberGenerator.GetBytes(32) : null;
        var address = IPAddress.Parse($"10.77.0.{++_peers + 1}");
        var peer = _tunnel.AddPeer(name, LabCrypto.PublicKey(_privateKey), Port, address, presharedKey);
        _book.AddLive(peer.Peer.StaticStatic);
        if (peer.Peer.PresharedKey is { } secret) _book.AddLive(secret);
        return peer;
    }

    private (LabPeer Called, LabPeer Calling) Configure()
    {
        var calling = AddPeer("peer A", withPresharedKey: true);
        var called = AddPeer("peer B", withPresharedKey: true);
        Search("configured");
        return (called, calling);
    }

    /// <summary>Both roles, traffic both ways, and collections meanwhile.</summary>
    private void Talk(LabPeer called, LabPeer calling)
    {
        var first = calling.Peer.Initiate();
        _tunnel.Stage(called);
        var second = called.Peer.AwaitSession(0, TimeSpan.FromSeconds(10));
        using (new CollectionPressure(_daemon.ProcessId, _daemon.Name))
        using (var traffic = new ContinuousTraffic(_tunnel, (calling, first), (called, second)))
        {
            traffic.AwaitRounds(5);
            _book.IsBusy = true;
            Search("under traffic, with collections");
            _book.IsBusy = false;
        }
        // What a get is answered with holds every key in hex.
        ControlClient.Request(_daemon.Name, "get=1");
        Thread.Sleep(Waits.Settling);
        Search("during the session");
    }

    /// <summary>
    /// One session that is never confirmed and replaced by the next; then two that follow so quickly that the first of all must give its place as the previous; and
    /// 5 s later everything but the last is gone.
    /// </summary>
    private void Rekey(LabPeer called, LabPeer calling)
    {
        var (first, other) = (calling.Peer.Sessions[0], called.Peer.Sessions[0]);
        var unconfirmed = calling.Peer.Initiate(confirm: false);
        Search("with a session not confirmed yet");
        var second = calling.Peer.Initiate();
        _tunnel.Exchange(calling, second);
        _tunnel.Exchange(called, called.Peer.Initiate());
        Thread.Sleep(200);
        _tunnel.Exchange(calling, calling.Peer.Initiate());
        _ended.UnionWith([unconfirmed, first]);
        Thread.Sleep(Waits.Settling);
        Search("after it was replaced");
        Thread.Sleep(Waits.PreviousLife);
        _ended.UnionWith([second, other]);
        Search("5 s after a rekey");
    }

    private void BeSilent()
    {
        if (_options.IsQuick) return;
        Silence.Await(Waits.KeyLife, () => _tunnel.Peers.SelectMany(static peer => peer.Peer.Sessions));
        _ended.UnionWith(_tunnel.Peers.SelectMany(static peer => peer.Peer.Sessions));
        Search("after 180 s of silence");
    }

    /// <summary>An attempt that a new one replaces, then one that the removal of the peer ends; and a cookie.</summary>
    private void Abandon()
    {
        var silent = AddPeer("peer C", withPresharedKey: false);
        silent.Peer.Answer = InitiationAnswer.Ignore;
        var loaded = AddPeer("peer D", withPresharedKey: false);
        loaded.Peer.Answer = InitiationAnswer.Cookie;
        _book.AddLive(_tunnel.StagedMarker);
        _tunnel.Stage(silent);
        _tunnel.Stage(loaded);
        AwaitAttempts(silent, loaded, 1);
        // Alive of an attempt: C, in its slot. DH results and k are gone with the message, and so are the attempts before the last.
        var first = silent.Peer.AttemptSecrets;
        _book.AddDead(first);
        _book.AddLive(first.Last(static secret => secret.Kind == SecretKind.ChainingKey));
        _book.AddLive(loaded.Peer.Cookies);
        Thread.Sleep(Waits.Settling);
        Search("an attempt under way, a cookie");
        AwaitAttempts(silent, loaded, 2);
        _book.End(first);
        _book.End(loaded.Peer.Cookies[0]);
        var second = silent.Peer.AttemptSecrets.Skip(first.Count);
        _book.AddDead(second);
        _book.AddLive(second.Last(static secret => secret.Kind == SecretKind.ChainingKey));
        _book.AddLive(loaded.Peer.Cookies[1]);
        Thread.Sleep(Waits.Settling);
        Search("after the next attempt and cookie");
        _tunnel.Remove(silent);
        _tunnel.Remove(loaded);
        _book.End(_tunnel.StagedMarker, silent.Peer.StaticStatic, loaded.Peer.StaticStatic);
        _book.End(second);
        _book.End(loaded.Peer.Cookies);
        Thread.Sleep(Waits.Settling);
        Search("after both were abandoned");
    }

    private static void AwaitAttempts(LabPeer silent, LabPeer loaded, int count)
    {
        const int secretsOfAttempt = 5;
        if (!TestPeer.TryWait(() => silent.Peer.AttemptSecrets.Count >= secretsOfAttempt * count && loaded.Peer.Cookies.Count >= count, TimeSpan.FromSeconds(10)))
            throw new LabException("The daemon does not initiate.");
    }

    private void Remove(LabPeer peer)
    {
        _tunnel.Remove(peer);
        _ended.UnionWith(peer.Peer.Sessions);
        _book.End(peer.Peer.StaticStatic);
        _book.End(peer.Peer.PresharedKey!);
        Thread.Sleep(Waits.Settling);
        Search("after removal of a peer");
    }

    private void ChangeKey(LabPeer peer)
    {
        _tunnel.Exchange(peer, peer.Peer.Initiate());
        Thread.Sleep(Waits.Settling);
        _ended.UnionWith(peer.Peer.Sessions);
        _book.End(peer.Peer.StaticStatic, PrivateKeySecret());
        _privateKey = LabCrypto.NewPrivateKey();
        _book.AddLive(PrivateKeySecret(), new Secret(SecretKind.StaticStatic, "peer A: ss with the new key", LabCrypto.SharedSecret(_privateKey, peer.Peer.PublicKey)));
        _tunnel.Set($"private_key={Convert.ToHexStringLower(_privateKey)}");
        Thread.Sleep(Waits.Settling);
        Search("after a change of key");
    }

    private void Down()
    {
        var peer = AddPeer("peer E", withPresharedKey: true);
        _tunnel.Exchange(peer, peer.Peer.Initiate());
        Thread.Sleep(Waits.Settling);
        _daemon.Place.Ip($"link set {_daemon.Name} down");
        _ended.UnionWith(peer.Peer.Sessions);
        Thread.Sleep(Waits.Settling);
        Search("after interface down");
    }
}
