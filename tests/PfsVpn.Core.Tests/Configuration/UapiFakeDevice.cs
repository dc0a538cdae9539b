using System.Buffers;
using PfsVpn.Configuration;
using PfsVpn.Crypto;
using PfsVpn.Packets;

namespace PfsVpn.Tests.Configuration;

/// <summary>A device of plain data behind the control interface: applies changes as the protocol says, without a network.</summary>
internal sealed class UapiFakeDevice : IDeviceControl, IDisposable
{
    private readonly Dictionary<IpPrefix, Peer> _owners = [];
    private readonly Dictionary<PublicKey, Peer> _peers = [];

    public SecretKey? PrivateKey { get; private set; }

    public ushort ListenPort { get; private set; }

    public uint FirewallMark { get; private set; }

    public ushort RekeyAfterSeconds { get; private set; }

    public ulong RekeyAfterBytes { get; private set; }

    public string BindDevice { get; private set; } = "";

    public BindAddresses BindAddresses { get; private set; }

    public List<Peer> Peers { get; } = [];

    public int ChangesApplied { get; private set; }

    /// <summary>Awaited before each change is applied.</summary>
    public Func<Task> BeforeApply { get; set; } = static () => Task.CompletedTask;

    /// <summary>What a set answers in place of applying it.</summary>
    public int RefuseWith { get; set; }

    /// <summary>Thrown by a get after half of its work.</summary>
    public Exception? ReadFailure { get; set; }

    public async Task<int> ApplyAsync(DeviceChange change)
    {
        await BeforeApply();
        if (RefuseWith != 0) return RefuseWith;
        lock (_owners) Apply(change);
        return 0;
    }

    public Task ReadStateAsync(Action<DeviceState> write)
    {
        lock (_owners)
        {
            write(State());
            return ReadFailure is null ? Task.CompletedTask : Task.FromException(ReadFailure);
        }
    }

    public Task WriteStatusAsync(IBufferWriter<byte> destination)
    {
        destination.Write("{\"status\":\"fine\"}"u8);
        return Task.CompletedTask;
    }

    public DeviceState State() => new()
    {
        PrivateKey = PrivateKey,
        ListenPort = ListenPort,
        FirewallMark = FirewallMark,
        RekeyAfterSeconds = RekeyAfterSeconds,
        RekeyAfterBytes = RekeyAfterBytes,
        BindDevice = BindDevice,
        BindAddresses = BindAddresses,
        Peers = [.. Peers.Select(static peer => new PeerState
        {
            PublicKey = peer.PublicKey,
            Name = peer.Name,
            PresharedKey = peer.PresharedKey,
            Endpoint = peer.Endpoint,
            LastHandshake = peer.LastHandshake,
            ReceivedBytes = peer.ReceivedBytes,
            SentBytes = peer.SentBytes,
            PersistentKeepalive = peer.PersistentKeepalive,
            RekeyAfterSeconds = peer.RekeyAfterSeconds,
            RekeyAfterBytes = peer.RekeyAfterBytes,
            AllowedIps = peer.AllowedIps,
        })],
    };

    public void Dispose()
    {
        PrivateKey?.Dispose();
        PrivateKey = null;
        foreach (var peer in Peers) peer.PresharedKey?.Dispose();
        Peers.Clear();
    }

    private void Apply(DeviceChange change)
    {
        ChangesApplied++;
        if (change.PrivateKey is { } key)
        {
            change.PrivateKey = null;
            PrivateKey?.Dispose();
            PrivateKey = key.IsZero ? null : key;
            if (key.IsZero) key.Dispose();
        }
        ListenPort = change.ListenPort ?? ListenPort;
        FirewallMark = change.FirewallMark ?? FirewallMark;
        RekeyAfterSeconds = change.RekeyAfterSeconds ?? RekeyAfterSeconds;
        RekeyAfterBytes = change.RekeyAfterBytes ?? RekeyAfterBytes;
        BindDevice = change.BindDevice ?? BindDevice;
        BindAddresses = change.BindAddresses ?? BindAddresses;
        if (change.ReplacePeers)
            foreach (var peer in Peers.ToArray()) Remove(peer);
        foreach (var peer in change.Peers) Apply(peer);
    }

    private void Apply(PeerChange change)
    {
        _peers.TryGetValue(change.PublicKey, out var peer);
        if (change.Remove)
        {
            if (peer is not null) Remove(peer);
            return;
        }
        if (peer is null)
        {
            if (change.UpdateOnly) return;
            Peers.Add(peer = new Peer { PublicKey = change.PublicKey });
            _peers.Add(peer.PublicKey, peer);
        }
        if (change.PresharedKey is { } key)
        {
            change.PresharedKey = null;
            peer.PresharedKey?.Dispose();
            peer.PresharedKey = key.IsZero ? null : key;
            if (key.IsZero) key.Dispose();
        }
        peer.Name = change.Name ?? peer.Name;
        peer.Endpoint = change.Endpoint ?? peer.Endpoint;
        peer.PersistentKeepalive = change.PersistentKeepalive ?? peer.PersistentKeepalive;
        peer.RekeyAfterSeconds = change.RekeyAfterSeconds ?? peer.RekeyAfterSeconds;
        peer.RekeyAfterBytes = change.RekeyAfterBytes ?? peer.RekeyAfterBytes;
        if (change.ReplaceAllowedIps) Clear(peer);
        foreach (var allowed in change.AllowedIps)
        {
            if (_owners.TryGetValue(allowed.Prefix, out var owner) && (!allowed.Remove || owner == peer))
            {
                _owners.Remove(allowed.Prefix);
                owner.AllowedIps.Remove(allowed.Prefix);
            }
            if (allowed.Remove) continue;
            _owners[allowed.Prefix] = peer;
            peer.AllowedIps.Add(allowed.Prefix);
        }
    }

    private void Remove(Peer peer)
    {
        Clear(peer);
        peer.PresharedKey?.Dispose();
        Peers.Remove(peer);
        _peers.Remove(peer.PublicKey);
    }

    private void Clear(Peer peer)
    {
        foreach (var prefix in peer.AllowedIps) _owners.Remove(prefix);
        peer.AllowedIps.Clear();
    }

    internal sealed class Peer
    {
        public PublicKey PublicKey { get; init; }

        public SecretKey? PresharedKey { get; set; }

        public EndpointAddress? Endpoint { get; set; }

        public TimeSpan LastHandshake { get; set; }

        public ulong ReceivedBytes { get; set; }

        public ulong SentBytes { get; set; }

        public ushort PersistentKeepalive { get; set; }

        public string Name { get; set; } = "";

        public ushort RekeyAfterSeconds { get; set; }

        public ulong RekeyAfterBytes { get; set; }

        public List<IpPrefix> AllowedIps { get; } = [];
    }
}
