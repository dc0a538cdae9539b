using PfsVpn.Cli.Output;
using PfsVpn.Configuration;
using PfsVpn.Crypto;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Provision;

/// <summary>A client that is to be made: both sides of what is written about it. Owns its keys.</summary>
internal sealed class ClientPlan : IDisposable
{
    private readonly SecretKey _privateKey;
    private readonly SecretKey? _presharedKey;

    /// <summary>Makes the keys.</summary>
    public ClientPlan(SecretArena arena, IRandomSource random, bool withPresharedKey)
    {
        _privateKey = arena.Allocate();
        X25519.GeneratePrivateKey(_privateKey, random);
        PublicKey = X25519.ComputePublicKey(_privateKey);
        StackScrubber.ScrubHandshake();
        if (!withPresharedKey) return;
        _presharedKey = arena.Allocate();
        _presharedKey.Randomize(random);
    }

    public PublicKey PublicKey { get; }

    public required string Name { get; init; }

    /// <summary>Its addresses in the tunnel.</summary>
    public required IReadOnlyList<IpAddress> Addresses { get; init; }

    /// <summary>Name of the server's interface.</summary>
    public required string Server { get; init; }

    public required PublicKey ServerKey { get; init; }

    public required ClientSettings Settings { get; init; }

    /// <summary>What the running interface is asked for. The caller disposes it.</summary>
    public DeviceChange ToChange(SecretArena arena)
    {
        var peer = new PeerChange(PublicKey) { Name = Name, ReplaceAllowedIps = true };
        if (_presharedKey is not null)
        {
            peer.PresharedKey = arena.Allocate();
            peer.PresharedKey.CopyFrom(_presharedKey);
        }
        foreach (var address in Addresses) peer.AllowedIps.Add(new AllowedIpChange(AddressPlan.Alone(address), Remove: false));
        var change = new DeviceChange();
        change.Peers.Add(peer);
        return change;
    }

    /// <summary>Writes the section for the server's file.</summary>
    public void WriteSection(LockedWriter output)
    {
        output.Write($"[Peer]\n#! Name = {Name}\nPublicKey = {PublicKey}\n");
        if (_presharedKey is not null) output.Write("PresharedKey = ").WriteBase64(_presharedKey).Write("\n");
        output.Write($"AllowedIPs = {string.Join(", ", Addresses.Select(AddressPlan.Alone))}\n");
    }

    /// <summary>Writes the client's own file.</summary>
    public void WriteFile(LockedWriter output)
    {
        output.Write($"# {Name}, a client of {Server}, made by pfsvpn new.\n[Interface]\nPrivateKey = ").WriteBase64(_privateKey);
        output.Write($"\nAddress = {string.Join(", ", Addresses.Select(AddressPlan.Alone))}\n");
        if (Settings.Dns is { } dns) output.Write($"DNS = {dns}\n");
        output.Write($"\n[Peer]\n#! Name = {Server}\nPublicKey = {ServerKey}\n");
        if (_presharedKey is not null) output.Write("PresharedKey = ").WriteBase64(_presharedKey).Write("\n");
        output.Write($"Endpoint = {Settings.Endpoint}\nAllowedIPs = {Settings.AllowedIps}\n");
        if (Settings.Keepalive is not "0") output.Write($"PersistentKeepalive = {Settings.Keepalive}\n");
    }

    /// <summary>Erases the keys.</summary>
    public void Dispose()
    {
        _privateKey.Dispose();
        _presharedKey?.Dispose();
    }
}
