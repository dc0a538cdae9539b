using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using PfsVpn.Crypto;
using PfsVpn.Lab.Hosting;
using PfsVpn.Lab.Interop;
using PfsVpn.Lab.Memory.Peer;
using PfsVpn.Lab.Memory.Search;
using PfsVpn.Packets;

namespace PfsVpn.Lab.Memory.Experiment;

/// <summary>
/// The memory search against a lab process that hosts a device with known randomness, so that the ephemeral private keys of its own are known as well; its managed
/// heap is collected over and over meanwhile. At the end a core file is forced.
/// </summary>
internal sealed class HostedExperiment : IMemoryExperiment
{
    /// <summary>Blocks of randomness that are searched for: many more than a run takes.</summary>
    private const int Blocks = 512;

    /// <summary>A signal that makes a core and that the runtime does not handle.</summary>
    private const int SIGXCPU = 24;
    private const string SessionsPhase = "during the sessions", AbandonedPhase = "after it was abandoned";

    private readonly ulong _seed = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(8));
    private readonly byte[] _privateKey = LabCrypto.NewPrivateKey();
    private readonly byte[] _marker = RandomNumberGenerator.GetBytes(32);
    private readonly string _folder = Directory.CreateTempSubdirectory("pfsvpn-lab-memory").FullName;
    private readonly SecretArenaKind _arena;
    private readonly string? _onlyPhase;
    private Secret? _attemptEphemeral;
    private readonly LabHost _host;
    private readonly ProcessMemory _memory;
    private readonly SecretBook _book = new();
    private readonly List<TestPeer> _peers = [];
    private readonly List<LabSession> _ended = [];
    private readonly Dictionary<string, Secret> _candidates = new(StringComparer.Ordinal);
    private readonly List<PhaseResult> _phases = [];

    /// <summary>Starts the process.</summary>
    /// <param name="arena">How its secrets are kept.</param>
    /// <param name="program">Another build of this program; null for this one.</param>
    /// <param name="onlyPhase">The phase to end with, of the first ones; null for all.</param>
    /// <param name="environment">Further environment variables.</param>
    /// <exception cref="LabException">It does not start.</exception>
    public HostedExperiment(SecretArenaKind arena, string? program = null, string? onlyPhase = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        (_arena, _onlyPhase) = (arena, onlyPhase);
        var settings = new LabHostSettings { Address = Inner(1), Peer = Inner(2), Arena = arena, Randomness = LabRandomness.Seeded, Seed = _seed };
        _host = LabHost.Start(settings, environment, program, _folder);
        _memory = ProcessMemory.Open(_host.ProcessId);
    }

    /// <inheritdoc/>
    public string Title => $"A hosted device with known randomness, arena in {(_arena == SecretArenaKind.MemfdSecret ? "memfd_secret" : "locked")} memory";

    /// <inheritdoc/>
    public IReadOnlyList<PhaseResult> Run()
    {
        _host.Set($"private_key={Convert.ToHexStringLower(_privateKey)}");
        _book.AddLive(new Secret(SecretKind.PrivateKey, "the device's private key", _privateKey));
        foreach (var number in Enumerable.Range(0, Blocks)) AddBlock(number);
        _book.AddDead(MarkerSecret);
        var peer = Sessions();
        if (_onlyPhase == SessionsPhase) return _phases;
        var attempt = Attempt();
        _host.Set($"public_key={Convert.ToHexStringLower(attempt.PublicKey)}", "remove=true");
        _book.End(attempt.StaticStatic);
        _book.End(attempt.AttemptSecrets);
        _book.End(_attemptEphemeral!, MarkerSecret);
        Thread.Sleep(Waits.Settling);
        Search(AbandonedPhase);
        if (_onlyPhase == AbandonedPhase) return _phases;
        _host.Set($"public_key={Convert.ToHexStringLower(peer.PublicKey)}", "remove=true");
        _ended.AddRange(peer.Sessions);
        _book.End(peer.StaticStatic);
        Thread.Sleep(Waits.Settling);
        Search("after removal of a peer");
        ForceCore();
        return _phases;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var peer in _peers) peer.Dispose();
        _memory.Dispose();
        _host.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private Secret MarkerSecret => new(SecretKind.Plaintext, "marker in packets", _marker);

    private static IpAddress Inner(uint number) => new(0x0A4D0100 | number);

    /// <summary>Notes the ephemeral private key that a block of the randomness may become. Most do not: indices, delays and keys of hash tables are random too.</summary>
    private void AddBlock(int number)
    {
        var block = new byte[32];
        SeededSource.Block(block, _seed, (ulong)number);
        block[0] &= 248;
        block[31] = (byte)((block[31] & 127) | 64);
        _candidates[Convert.ToHexString(LabCrypto.PublicKey(block))] = new Secret(SecretKind.EphemeralPrivateKey, $"block {number} of the randomness, clamped", block);
    }

    private void Search(string phase)
    {
        // Which blocks became ephemeral keys, the wire says.
        var ephemerals = _peers.SelectMany(static peer => peer.DaemonEphemerals).Select(key => _candidates[Convert.ToHexString(key)]).ToList();
        _book.AddDead(ephemerals);
        _book.Enter(_peers.SelectMany(static peer => peer.Sessions), _ended);
        _phases.Add(_book.Search(phase, _memory));
    }

    private TestPeer AddPeer(string name, uint number)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var peer = new TestPeer(name, socket, new IPEndPoint(IPAddress.Loopback, _host.Port()), LabCrypto.PublicKey(_privateKey), new byte[32]);
        _peers.Add(peer);
        _host.Set($"public_key={Convert.ToHexStringLower(peer.PublicKey)}", string.Create(CultureInfo.InvariantCulture, $"endpoint=127.0.0.1:{peer.Endpoint.Port}"), $"allowed_ip={Inner(number)}/32");
        _book.AddLive(peer.StaticStatic);
        return peer;
    }

    /// <summary>The device as responder and as initiator, with collections and traffic; then silence.</summary>
    private TestPeer Sessions()
    {
        var peer = AddPeer("peer A", 2);
        _host.SetCollecting(true);
        _host.Send(1, _marker);
        peer.AwaitSession(0, TimeSpan.FromSeconds(10));
        var session = peer.Initiate();
        for (var round = 0; round < 20; round++)
        {
            _host.Send(100, _marker);
            Thread.Sleep(10);
        }
        _host.SetCollecting(false);
        peer.Send(session, []);
        Thread.Sleep(Waits.Settling);
        Search(SessionsPhase);
        return peer;
    }

    /// <summary>An attempt that nobody answers: one ephemeral private key is alive, in its slot.</summary>
    private TestPeer Attempt()
    {
        _host.Set($"public_key={Convert.ToHexStringLower(_peers[0].PublicKey)}", "replace_allowed_ips=true");
        var silent = AddPeer("peer B", 2);
        silent.Answer = InitiationAnswer.Ignore;
        _book.AddLive(MarkerSecret);
        _host.Send(1, _marker);
        if (!TestPeer.TryWait(() => silent.AttemptSecrets.Count > 0, TimeSpan.FromSeconds(10))) throw new LabException("The device does not initiate.");
        Thread.Sleep(Waits.Settling);
        _book.AddDead(silent.AttemptSecrets);
        _book.AddLive(silent.AttemptSecrets.Last(static secret => secret.Kind == SecretKind.ChainingKey));
        _attemptEphemeral = _candidates[Convert.ToHexString(silent.DaemonEphemerals[^1])];
        _book.AddLive(_attemptEphemeral);
        Search("an attempt under way");
        return silent;
    }

    /// <summary>
    /// A core by the kernel: the limit is raised from outside, and the process killed. Where cores are piped to a program, or forbidden, there is no such phase.
    /// </summary>
    private void ForceCore()
    {
        if (File.ReadAllText("/proc/sys/kernel/core_pattern").StartsWith('|')) return;
        AddPeer("peer C", 3).Initiate();
        using (var prlimit = Target.Programs.Start("prlimit", ["--pid", _host.ProcessId.ToString(CultureInfo.InvariantCulture), "--core=unlimited"])) prlimit.WaitForExit();
        var before = Stopwatch.GetTimestamp();
        _ = Libc.kill(_host.ProcessId, SIGXCPU);
        if (!_host.AwaitEnd(TimeSpan.FromSeconds(20))) throw new LabException("The lab process does not end.");
        foreach (var session in _peers[^1].Sessions)
        {
            _book.AddDead(session.HandshakeSecrets);
            _book.AddDead(session.SessionKeys);
        }
        // Nothing of the arena goes into a core: here even what was alive is a hit.
        _book.EndAll();
        foreach (var core in Directory.EnumerateFiles(_folder)) _phases.Add(_book.SearchFile("a core made by force", core, Stopwatch.GetElapsedTime(before)));
    }
}
