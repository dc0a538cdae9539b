using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using PfsVpn.Lab.Interop;
using PfsVpn.Lab.Memory.Peer;
using PfsVpn.Lab.Memory.Search;
using PfsVpn.Lab.Memory.Target;

namespace PfsVpn.Lab.Memory.Experiment;

/// <summary>
/// The memory search against an interface that is in use: a test peer is added for as long as it takes, and removed whatever happens. Only the phases that disturb no
/// other peer are run.
/// </summary>
/// <remarks>
/// The interface's private key is asked for: this process locks its memory and lets nobody look into it, but holds the key in ordinary memory until it ends.
/// The test peer's address, 198.18.254.253, is of a block that is reserved for measurements (RFC 2544).
/// </remarks>
internal sealed class InterfaceExperiment : IMemoryExperiment
{
    private const int MCL_CURRENT = 1, MCL_FUTURE = 2;
    private static readonly IPAddress PeerAddress = IPAddress.Parse("198.18.254.253");

    private readonly string _name;
    private readonly bool _isQuick;
    private readonly byte[] _privateKey;
    private readonly int _processId;
    private readonly ProcessMemory _memory;
    private readonly LabTunnel _tunnel;
    private readonly LabPeer _peer;
    private readonly SecretBook _book = new();
    private readonly List<PhaseResult> _phases = [];
    private readonly List<IDisposable> _signals = [];
    private int _removed;

    /// <summary>Looks at the interface and adds the test peer.</summary>
    /// <param name="name">The interface.</param>
    /// <param name="isQuick">Whether to leave out the three minutes of silence.</param>
    /// <exception cref="LabException">There is no such interface, no right, or no private key.</exception>
    public InterfaceExperiment(string name, bool isQuick)
    {
        (_name, _isQuick) = (name, isQuick);
        _ = Libc.prctl(Libc.PR_SET_DUMPABLE, 0, 0, 0, 0);
        _ = Libc.mlockall(MCL_CURRENT | MCL_FUTURE);
        var state = ControlClient.Request(name, "get=1");
        _privateKey = Convert.FromHexString(Value(state, "private_key=") ?? throw new LabException($"{name} has no private key."));
        var port = int.Parse(Value(state, "listen_port=") ?? "0", CultureInfo.InvariantCulture);
        _processId = ControlClient.ProcessOf(name);
        _memory = ProcessMemory.Open(_processId);
        _tunnel = new LabTunnel(name, new NetworkPlace(_processId), AddressOf(name), isShared: true);
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
            _signals.Add(PosixSignalRegistration.Create(signal, _ => RemovePeer()));
        _peer = _tunnel.AddPeer("the test peer", LabCrypto.PublicKey(_privateKey), port, PeerAddress);
    }

    /// <inheritdoc/>
    public string Title => $"Interface {_name}, process {_processId}";

    /// <inheritdoc/>
    public IReadOnlyList<PhaseResult> Run()
    {
        _book.AddLive(new Secret(SecretKind.PrivateKey, $"the private key of {_name}", _privateKey), _peer.Peer.StaticStatic);
        _book.AddDead(_tunnel.Marker, _tunnel.StagedMarker);
        _tunnel.Stage(_peer);
        var first = _peer.Peer.AwaitSession(0, TimeSpan.FromSeconds(10));
        using (new CollectionPressure(_processId, _name)) _tunnel.Exchange(_peer, first);
        Thread.Sleep(Waits.Settling);
        Search("during the session");
        _tunnel.Exchange(_peer, _peer.Peer.Initiate());
        Thread.Sleep(Waits.PreviousLife);
        Search("5 s after a rekey", first);
        if (!_isQuick)
        {
            Silence.Await(Waits.KeyLife, () => _peer.Peer.Sessions);
            Search("after 180 s of silence", [.. _peer.Peer.Sessions]);
        }
        RemovePeer();
        _book.End(_peer.Peer.StaticStatic);
        Thread.Sleep(Waits.Settling);
        Search("after removal of the test peer", [.. _peer.Peer.Sessions]);
        return _phases;
    }

    /// <summary>Removes the test peer, if it is still there.</summary>
    public void Dispose()
    {
        RemovePeer();
        foreach (var signal in _signals) signal.Dispose();
        _tunnel.Dispose();
        _memory.Dispose();
    }

    private static string? Value(IReadOnlyList<string> lines, string key) => lines.FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?[key.Length..];

    private static IPAddress AddressOf(string name) =>
        NetworkInterface.GetAllNetworkInterfaces().FirstOrDefault(candidate => candidate.Name == name)?.GetIPProperties().UnicastAddresses
            .Select(static address => address.Address).FirstOrDefault(static address => address.AddressFamily == AddressFamily.InterNetwork)
        ?? throw new LabException($"{name} has no IPv4 address here: the search needs one to send through the tunnel.");

    private void RemovePeer()
    {
        if (Interlocked.Exchange(ref _removed, 1) == 0) ControlClient.TryRequest(_name, $"set=1\n{_peer?.Selector}\nremove=true", out _);
    }

    private void Search(string phase, params LabSession[] ended)
    {
        _book.Enter(_peer.Peer.Sessions, ended);
        _phases.Add(_book.Search(phase, _memory));
    }
}
