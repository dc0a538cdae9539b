using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace PfsVpn.Hosting;

/// <summary>What a <see cref="Tunnel"/> is opened with.</summary>
/// <remarks>
/// The inside is either <see cref="Packets"/> or the interface <see cref="InterfaceName"/>. Threading: one thread at a time. Ownership: of the keys in it: <see cref="Dispose"/>
/// erases them, and an open tunnel has copies of its own.
/// </remarks>
public sealed class TunnelOptions : IDisposable
{
    /// <summary>This side's private key.</summary>
    public TunnelKey? PrivateKey { get; set; }

    /// <summary>The inside as a channel of packets; the tunnel takes it over.</summary>
    public PacketChannel? Packets { get; set; }

    /// <summary>The inside as an interface of the system, made with this name, 1 to 15 bytes; needs CAP_NET_ADMIN. Addresses, routes and "up" are the application's.</summary>
    public string? InterfaceName { get; set; }

    /// <summary>The MTU of the interface in bytes, 68 to 65,535. A channel has one of its own.</summary>
    public int InterfaceMtu { get; set; } = PacketChannel.DefaultMtu;

    /// <summary>The UDP port, 0 for any that is free.</summary>
    public int ListenPort { get; set; }

    /// <summary>The mark (SO_MARK) of the datagrams, 0 for none; needs CAP_NET_ADMIN. Without effect on Windows.</summary>
    public uint FirewallMark { get; set; }

    /// <summary>An interface of the system that the datagrams leave by and arrive at (SO_BINDTODEVICE), or null for any.</summary>
    public string? BindDevice { get; set; }

    /// <summary>The addresses of this host that the datagrams leave from and arrive at, at most one of each family; empty for any.</summary>
    public IList<IPAddress> BindAddresses { get; init; } = [];

    /// <summary>Age at which a session key is replaced, 10 to 120 s in whole seconds; null for the protocol's 120 s. No key is usable after 1.5 times that.</summary>
    public TimeSpan? RekeyAfterTime { get; set; }

    /// <summary>Bytes after which a session key is replaced, at least 1,048,576; null for no limit.</summary>
    public ulong? RekeyAfterBytes { get; set; }

    /// <summary>Threads that may work on the packets of one direction, at least 1.</summary>
    public int Threads { get; set; } = 1;

    /// <summary>The peers to begin with.</summary>
    public IList<TunnelPeerOptions> Peers { get; init; } = [];

    /// <summary>Where the tunnel says what happens; never a secret.</summary>
    public ILogger Logger { get; set; } = NullLogger.Instance;

    /// <summary>The lines <c>Address</c> of the file that this was read from: for the application to set, or to answer for.</summary>
    public IReadOnlyList<string> Addresses { get; internal set; } = [];

    /// <summary>Reads a file in the format of wg(8) or wg-quick(8), in locked memory. The inside is left to be set.</summary>
    /// <remarks>
    /// Keys of wg-quick that are about the host (DNS, Table, hooks) are left to the application. Keys of PfsVpn behind <c>#!</c> that a library cannot carry out (KillSwitch,
    /// ExcludedIPs and others) are refused, so that none is silently not in force.
    /// </remarks>
    /// <param name="path">The file.</param>
    /// <exception cref="TunnelException">It cannot be read or used; the message names file, line and key.</exception>
    public static TunnelOptions FromFile(string path) => ConfigurationReader.ReadFile(path);

    /// <summary>Reads the text of such a file. The caller erases its own copy.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="name">What it is called in messages.</param>
    /// <exception cref="TunnelException">It cannot be used; the message names line and key.</exception>
    public static TunnelOptions FromText(ReadOnlySpan<byte> utf8, string name = "configuration") => ConfigurationReader.ReadText(utf8, name);

    /// <summary>Erases the keys.</summary>
    public void Dispose()
    {
        PrivateKey?.Dispose();
        foreach (var peer in Peers) peer.Dispose();
    }
}
