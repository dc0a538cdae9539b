using System.Net;
using PfsVpn.Crypto;

namespace PfsVpn.Hosting;

/// <summary>What a tunnel is told about one peer.</summary>
/// <remarks>Threading: one thread at a time. Ownership: of <see cref="PresharedKey"/>; <see cref="Dispose"/> erases it.</remarks>
public sealed class TunnelPeerOptions : IDisposable
{
    /// <summary>The peer's static public key.</summary>
    public required PublicKey PublicKey { get; init; }

    /// <summary>What people call the peer, or null: at most 64 bytes of UTF-8, without control characters.</summary>
    public string? Name { get; set; }

    /// <summary>Where the peer is: an <see cref="IPEndPoint"/>, a <see cref="DnsEndPoint"/>, which is looked up once, or null where the peer comes to us.</summary>
    public EndPoint? Endpoint { get; set; }

    /// <summary>The addresses inside the tunnel that are the peer's: packets to them go to it, packets from it are taken from them only.</summary>
    public IList<IPNetwork> AllowedIps { get; init; } = [];

    /// <summary>A secret that both sides have beside their keys, or null.</summary>
    public TunnelKey? PresharedKey { get; set; }

    /// <summary>Interval at which a packet is sent to a peer that hears of nothing else, 1 to 65,535 s in whole seconds; null for none.</summary>
    public TimeSpan? PersistentKeepalive { get; set; }

    /// <summary>Age at which a session key of this peer is replaced, 10 to 120 s in whole seconds; null for what the tunnel says.</summary>
    public TimeSpan? RekeyAfterTime { get; set; }

    /// <summary>Bytes after which a session key of this peer is replaced, at least 1,048,576; null for what the tunnel says.</summary>
    public ulong? RekeyAfterBytes { get; set; }

    /// <summary>Erases the pre-shared key.</summary>
    public void Dispose() => PresharedKey?.Dispose();
}
