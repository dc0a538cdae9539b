using PfsVpn.Configuration;
using PfsVpn.Crypto;
using PfsVpn.Device;
using PfsVpn.Packets;
using PfsVpn.Udp;

namespace PfsVpn.TestSupport.Simulation;

/// <summary>A device with its two paths, driven by hand in virtual time.</summary>
internal sealed unsafe class SimulatedHost : IDatagramSink, IPacketSink, IDisposable
{
    private const int BatchBytes = 256 * 1024;
    private const int MaxPackets = 64;

    private readonly SimulatedNetwork _network;
    private readonly PacketBatch _outboundBatch = new(BatchBytes, MaxPackets);
    private readonly PacketBatch _inboundBatch = new(BatchBytes, MaxPackets);
    private readonly OutboundPath _outbound;
    private readonly InboundPath _inbound;

    internal SimulatedHost(SimulatedNetwork network, string name, EndpointAddress address, int seed, SecretKey? privateKey = null)
    {
        _network = network;
        Name = name;
        Address = address;
        Random = new SeededRandom(seed);
        Arena = SecretArena.Create();
        Device = new WireGuardDevice(Arena, Log, Random, () => _network.Now);
        _outbound = new OutboundPath(Device, MaxPackets);
        _inbound = new InboundPath(Device, MaxPackets);
        var key = Arena.Allocate();
        if (privateKey is null) X25519.GeneratePrivateKey(key, Random);
        else key.CopyFrom(privateKey);
        PublicKey = X25519.ComputePublicKey(key);
        PrivateKey = Arena.Allocate();
        PrivateKey.CopyFrom(key);
        Apply(new DeviceChange { PrivateKey = key });
        Device.Up(Step);
    }

    /// <summary>For messages of tests.</summary>
    public string Name { get; }

    /// <summary>The address that its datagrams come from; may change at any time.</summary>
    public EndpointAddress Address { get; set; }

    /// <summary>The device.</summary>
    public WireGuardDevice Device { get; }

    /// <summary>Where its secrets are.</summary>
    public SecretArena Arena { get; }

    /// <summary>Its randomness.</summary>
    public SeededRandom Random { get; }

    /// <summary>What it logged.</summary>
    public RecordingLogger Log { get; } = new();

    /// <summary>Its public key.</summary>
    public PublicKey PublicKey { get; }

    /// <summary>A copy of its private key, for tests that change it and set it again.</summary>
    public SecretKey PrivateKey { get; }

    /// <summary>Inner packets that came out of the tunnel.</summary>
    public List<byte[]> Delivered { get; } = [];

    /// <summary>The result of every send; tests set it to simulate a host without a route.</summary>
    public UdpSendResult SendResult { get; set; } = UdpSendResult.Sent;

    /// <inheritdoc/>
    public int LastErrno { get; set; }

    /// <summary>MTU for padding.</summary>
    public int Mtu
    {
        get => Device.Mtu;
        set => Device.Mtu = value;
    }

    /// <summary>Whether the control loop stands still while the pumps go on, as under load.</summary>
    public bool IsControlPaused { get; set; }

    /// <summary>Difference of this host's wall clock from the network's, for clocks that jump.</summary>
    public TimeSpan WallClockOffset { get; set; }

    /// <summary>How many secrets its arena holds that are not all zero, whether anybody owns their slots or not.</summary>
    public int LivingSecrets
    {
        get
        {
            var count = 0;
            foreach (var (address, length) in Arena.Extents)
            {
                for (var offset = 0; offset < length; offset += SecretKey.SizeInBytes)
                    if (new ReadOnlySpan<byte>((byte*)address + offset, SecretKey.SizeInBytes).ContainsAnyExcept((byte)0)) count++;
            }
            return count;
        }
    }

    /// <summary>The clocks and the way out, now.</summary>
    public ControlStep Step => new(_network.Now, _network.WallClock + WallClockOffset, Random, this);

    /// <summary>Applies a change to its end.</summary>
    public void Apply(DeviceChange change)
    {
        using (change)
        {
            var steps = Device.Apply(change, () => Step);
            while (steps.MoveNext())
            {
            }
        }
    }

    /// <summary>Makes <paramref name="other"/> a peer that owns <paramref name="allowedIps"/>, and returns it.</summary>
    public Peer AddPeer(SimulatedHost other, bool withEndpoint, params string[] allowedIps)
    {
        var change = new PeerChange(other.PublicKey);
        if (withEndpoint) change.Endpoint = other.Address;
        foreach (var text in allowedIps) change.AllowedIps.Add(new AllowedIpChange(TestPackets.Prefix(text), Remove: false));
        var device = new DeviceChange();
        device.Peers.Add(change);
        Apply(device);
        return PeerOf(other);
    }

    /// <summary>Applies what <paramref name="set"/> says about the peer that <paramref name="other"/> is.</summary>
    public void Change(SimulatedHost other, Action<PeerChange> set)
    {
        var change = new PeerChange(other.PublicKey);
        set(change);
        var device = new DeviceChange();
        device.Peers.Add(change);
        Apply(device);
    }

    /// <summary>Sets the pre-shared key with <paramref name="other"/>: 32 bytes of <paramref name="fill"/>, 0 for none.</summary>
    public void SetPresharedKey(SimulatedHost other, byte fill) => Change(other, change =>
    {
        change.PresharedKey = Arena.Allocate();
        change.PresharedKey.Bytes.Fill(fill);
    });

    /// <summary>The peer that <paramref name="other"/> is.</summary>
    public Peer PeerOf(SimulatedHost other) => Device.Peers.Find(other.PublicKey) ?? throw new InvalidOperationException($"{other.Name} is no peer of {Name}.");

    /// <summary>Gives inner packets to the TUN side.</summary>
    public void SendInner(params byte[][] packets)
    {
        _outboundBatch.Clear();
        var offset = PacketBatch.HeaderRoom;
        foreach (var packet in packets)
        {
            packet.CopyTo(new Span<byte>(_outboundBatch.Memory + offset, packet.Length));
            _outboundBatch.TryAdd(offset, packet.Length);
            offset = (offset + packet.Length + PacketBatch.TailRoom + PacketBatch.HeaderRoom + 15) & ~15;
            _outboundBatch.UsedBytes = offset;
        }
        _outboundBatch.Mtu = Mtu;
        _outbound.Process(_outboundBatch, _network.Now, this, this);
        if (_network.AutoControl) RunControl();
    }

    /// <summary>Gives a datagram to the UDP side.</summary>
    public void Receive(ReadOnlySpan<byte> datagram, in EndpointAddress from, byte tos = 0)
    {
        _inboundBatch.Clear();
        datagram.CopyTo(new Span<byte>(_inboundBatch.Memory, datagram.Length));
        _inboundBatch.TryAdd(0, datagram.Length, tos: tos);
        _inboundBatch.Sources[0] = new DatagramSource { Remote = from, Local = new LocalSource(Address.Address, 1) };
        _inbound.Process(_inboundBatch, _network.Now, Random, this);
        Write(_inboundBatch);
        if (_network.AutoControl) RunControl();
    }

    /// <summary>Does what the control loop would do now.</summary>
    public void RunControl()
    {
        if (IsControlPaused) return;
        Device.ProcessDeadlines(Step);
        Device.ProcessSignals(Step);
        while (Device.ProcessHandshake(Step)) Device.ProcessSignals(Step);
        Device.ProcessSignals(Step);
    }

    /// <inheritdoc/>
    public UdpSendResult Send(ReadOnlySpan<byte> datagram, Endpoint endpoint, byte tos)
    {
        if (SendResult is UdpSendResult.Sent or UdpSendResult.SentWithoutSource) _network.Enqueue(this, endpoint, datagram.ToArray(), tos);
        return SendResult;
    }

    /// <inheritdoc/>
    public UdpSendResult Send(PacketBatch batch, int first, int count, Endpoint endpoint)
    {
        for (var i = first; i < first + count; i++)
            Send(new ReadOnlySpan<byte>(batch.Memory + batch.Output[i].Offset, batch.Output[i].Length), endpoint, batch.Output[i].Tos);
        return SendResult;
    }

    /// <inheritdoc/>
    public int Write(PacketBatch batch)
    {
        for (var i = 0; i < batch.OutputCount; i++)
            Delivered.Add(new ReadOnlySpan<byte>(batch.Memory + batch.Output[i].Offset, batch.Output[i].Length).ToArray());
        return batch.OutputCount;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Device.Dispose();
        PrivateKey.Dispose();
        Arena.Dispose();
        _outbound.Dispose();
        _inbound.Dispose();
        _outboundBatch.Dispose();
        _inboundBatch.Dispose();
    }
}
