using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using PfsVpn.Lab.Memory.Peer;
using PfsVpn.Lab.Memory.Search;
using PfsVpn.Lab.Memory.Target;

namespace PfsVpn.Lab.Memory.Experiment;

/// <summary>A daemon's interface with the traffic of an experiment: packets full of a marker, both ways.</summary>
/// <remarks>Ownership: disposing it ends its sockets and peers, not the daemon.</remarks>
internal sealed class LabTunnel : IDisposable
{
    private const int DiscardPort = 9;
    private const int HeaderBytes = 28;
    private const int Burst = 100;
    private const int SuperPacketSegments = 40;
    private const int SegmentBytes = 1200;
    private const int SOL_SOCKET = 1, SO_BINDTODEVICE = 25, SOL_UDP = 17, UDP_SEGMENT = 103;

    private readonly string _name;
    private readonly NetworkPlace _place;
    private readonly IPAddress _hostAddress;
    private readonly Socket _host;
    private readonly Socket? _sink;
    private readonly List<LabPeer> _peers = [];
    private readonly byte[] _marker = RandomNumberGenerator.GetBytes(32);
    private readonly byte[] _stagedMarker = RandomNumberGenerator.GetBytes(32);

    /// <summary>Takes an interface that is up.</summary>
    /// <param name="name">The interface.</param>
    /// <param name="place">Where it is.</param>
    /// <param name="hostAddress">Its own address.</param>
    /// <param name="isShared">Whether it is in use: packets then reach the peer by the interface and no route, and nothing listens on its address.</param>
    /// <exception cref="LabException">No socket can be opened there.</exception>
    public LabTunnel(string name, NetworkPlace place, IPAddress hostAddress, bool isShared = false)
    {
        (_name, _place, _hostAddress) = (name, place, hostAddress);
        _host = place.OpenUdp(hostAddress);
        if (isShared) _host.SetRawSocketOption(SOL_SOCKET, SO_BINDTODEVICE, Encoding.ASCII.GetBytes(name));
        else _sink = place.OpenUdp(hostAddress, DiscardPort);
    }

    /// <summary>The marker: 32 bytes, over and over in every packet.</summary>
    public Secret Marker => new(SecretKind.Plaintext, "marker in packets", _marker);

    /// <summary>The marker of the packets that wait for a key.</summary>
    public Secret StagedMarker => new(SecretKind.Plaintext, "marker in packets that wait", _stagedMarker);

    /// <summary>The peers, those that were removed from the daemon too.</summary>
    public IReadOnlyList<LabPeer> Peers => _peers;

    /// <summary>Adds a peer to the daemon.</summary>
    /// <param name="name">What its secrets are called.</param>
    /// <param name="daemonPublicKey">The daemon's public key.</param>
    /// <param name="port">The daemon's port.</param>
    /// <param name="address">The peer's address in the tunnel.</param>
    /// <param name="presharedKey">Its pre-shared key, or null.</param>
    /// <param name="more">Further lines for the control socket, each ending with a line feed.</param>
    public LabPeer AddPeer(string name, byte[] daemonPublicKey, int port, IPAddress address, byte[]? presharedKey = null, string more = "")
    {
        var socket = _place.OpenUdp(IPAddress.Loopback);
        var peer = new LabPeer(new TestPeer(name, socket, new IPEndPoint(IPAddress.Loopback, port), daemonPublicKey, presharedKey ?? new byte[32]), address);
        _peers.Add(peer);
        var psk = presharedKey is null ? "" : $"preshared_key={Convert.ToHexStringLower(presharedKey)}\n";
        Set(string.Create(CultureInfo.InvariantCulture, $"{peer.Selector}\n{psk}endpoint=127.0.0.1:{peer.Peer.Endpoint.Port}\nallowed_ip={address}/32\n{more}").TrimEnd('\n'));
        return peer;
    }

    /// <summary>Changes the daemon's configuration.</summary>
    public void Set(string lines) => ControlClient.Request(_name, "set=1\n" + lines);

    /// <summary>Removes a peer from the daemon.</summary>
    public void Remove(LabPeer peer) => Set(peer.Selector + "\nremove=true");

    /// <summary>Sends a packet from the daemon's host to a peer that it has no session with: it waits in the daemon, which initiates.</summary>
    public void Stage(LabPeer peer) => _host.SendTo(Payload(_stagedMarker, 100), new IPEndPoint(peer.Address, DiscardPort));

    /// <summary>
    /// Sends packets of several lengths both ways, one by one and in bursts. The peer's last word is a keepalive, when all of the daemon's packets are there: one that came
    /// behind it would be unanswered, and the daemon would make a new session 15 s later.
    /// </summary>
    public void Exchange(LabPeer peer, LabSession session)
    {
        int[] lengths = [1, 40, 100, 333, 512, 1200, 1300];
        var expected = peer.Peer.PacketsReceived + lengths.Length + Burst + SuperPacketSegments;
        foreach (var length in lengths)
        {
            SendFromHost(peer, length);
            peer.Peer.Send(session, InnerPacket(peer, length));
        }
        for (var i = 0; i < Burst; i++)
        {
            SendFromHost(peer, lengths[i % lengths.Length]);
            peer.Peer.Send(session, InnerPacket(peer, lengths[i % lengths.Length]));
        }
        SendSuperPacket(peer);
        // Where some were lost, this is as long as it waits.
        TestPeer.TryWait(() => peer.Peer.PacketsReceived >= expected, TimeSpan.FromSeconds(1));
        peer.Peer.Send(session, []);
    }

    /// <summary>Ends the sockets and the peers.</summary>
    public void Dispose()
    {
        foreach (var peer in _peers) peer.Peer.Dispose();
        _host.Dispose();
        _sink?.Dispose();
    }

    /// <summary>One buffer that the kernel cuts, or gives to the daemon whole to be cut.</summary>
    private void SendSuperPacket(LabPeer peer)
    {
        _host.SetRawSocketOption(SOL_UDP, UDP_SEGMENT, BitConverter.GetBytes(SegmentBytes));
        _host.SendTo(Payload(_marker, SuperPacketSegments * SegmentBytes), new IPEndPoint(peer.Address, DiscardPort));
        _host.SetRawSocketOption(SOL_UDP, UDP_SEGMENT, BitConverter.GetBytes(0));
    }

    private void SendFromHost(LabPeer peer, int length) => _host.SendTo(Payload(_marker, length), new IPEndPoint(peer.Address, DiscardPort));

    private static byte[] Payload(byte[] marker, int length)
    {
        var payload = new byte[length];
        for (var i = 0; i < length; i++) payload[i] = marker[i % marker.Length];
        return payload;
    }

    private byte[] InnerPacket(LabPeer peer, int length)
    {
        var packet = new byte[HeaderBytes + length];
        packet[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        (packet[8], packet[9]) = (64, 17);
        peer.Address.GetAddressBytes().CopyTo(packet, 12);
        _hostAddress.GetAddressBytes().CopyTo(packet, 16);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), Checksum(packet.AsSpan(0, 20)));
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(20), 4711);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(22), DiscardPort);
        // The checksum of UDP may be zero over IPv4.
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(24), (ushort)(8 + length));
        Payload(_marker, length).CopyTo(packet, HeaderBytes);
        return packet;
    }

    private static ushort Checksum(ReadOnlySpan<byte> header)
    {
        uint sum = 0;
        for (var i = 0; i < header.Length; i += 2) sum += BinaryPrimitives.ReadUInt16BigEndian(header[i..]);
        while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~sum;
    }
}
