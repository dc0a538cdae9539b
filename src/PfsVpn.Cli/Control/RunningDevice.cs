using PfsVpn.Crypto;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Control;

/// <summary>What a daemon says of its device. Owns the secrets in it.</summary>
internal sealed class RunningDevice(string name) : IDisposable
{
    public string Name { get; } = name;

    /// <summary>The private key, or null for none.</summary>
    public SecretKey? PrivateKey { get; set; }

    /// <summary>The public key that belongs to <see cref="PrivateKey"/>.</summary>
    public PublicKey? PublicKey { get; set; }

    /// <summary>The UDP port, 0 for none.</summary>
    public ushort ListenPort { get; set; }

    /// <summary>The firewall mark, 0 for none.</summary>
    public uint FirewallMark { get; set; }

    /// <summary>The interface that the UDP sockets are bound to, empty for none.</summary>
    public string BindDevice { get; set; } = "";

    /// <summary>The addresses that the UDP sockets are bound to, the default value for any.</summary>
    public BindAddresses BindAddresses { get; set; }

    /// <summary>Seconds after which a key gets a successor, 0 for the protocol's.</summary>
    public ushort RekeyAfterSeconds { get; set; }

    /// <summary>Bytes after which a key gets a successor, 0 for no limit.</summary>
    public ulong RekeyAfterBytes { get; set; }

    /// <summary>The peers, in the daemon's order.</summary>
    public List<RunningPeer> Peers { get; } = [];

    /// <summary>Erases the secrets.</summary>
    public void Dispose()
    {
        PrivateKey?.Dispose();
        foreach (var peer in Peers) peer.PresharedKey?.Dispose();
    }
}
