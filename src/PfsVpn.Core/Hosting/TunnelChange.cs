using System.Net;
using System.Net.Sockets;
using System.Text;
using PfsVpn.Configuration;
using PfsVpn.Crypto;
using PfsVpn.Packets;
using PfsVpn.Transport;

namespace PfsVpn.Hosting;

/// <summary>Options in the framework's types, checked and turned into a change of the device.</summary>
internal static class TunnelChange
{
    /// <summary>Looks up the names of endpoints, then makes the change; its keys are copies in <paramref name="arena"/>, which the change owns.</summary>
    /// <exception cref="TunnelException">Something cannot be; the message says what.</exception>
    public static async Task<DeviceChange> FromAsync(TunnelOptions options, SecretArena arena, CancellationToken cancellationToken)
    {
        var change = new DeviceChange
        {
            ListenPort = (ushort)options.ListenPort,
            FirewallMark = options.FirewallMark,
            BindDevice = Device(options.BindDevice),
            BindAddresses = Addresses(options.BindAddresses),
            RekeyAfterSeconds = Seconds(options.RekeyAfterTime, nameof(options.RekeyAfterTime), KeyLife.MinRekeyAfterSeconds, KeyLife.MaxRekeyAfterSeconds),
            RekeyAfterBytes = Bytes(options.RekeyAfterBytes),
        };
        try
        {
            change.PrivateKey = Copy(options.PrivateKey!, arena);
            foreach (var peer in options.Peers) change.Peers.Add(await FromAsync(peer, arena, cancellationToken).ConfigureAwait(false));
            return change;
        }
        catch
        {
            change.Dispose();
            throw;
        }
    }

    /// <summary>The same for one peer: all that is known of it afterwards is what the options say.</summary>
    public static async Task<PeerChange> FromAsync(TunnelPeerOptions peer, SecretArena arena, CancellationToken cancellationToken)
    {
        var change = new PeerChange(peer.PublicKey)
        {
            Endpoint = await ResolveAsync(peer.Endpoint, cancellationToken).ConfigureAwait(false),
            PersistentKeepalive = Seconds(peer.PersistentKeepalive, nameof(peer.PersistentKeepalive), 1, ushort.MaxValue),
            RekeyAfterSeconds = Seconds(peer.RekeyAfterTime, nameof(peer.RekeyAfterTime), KeyLife.MinRekeyAfterSeconds, KeyLife.MaxRekeyAfterSeconds),
            RekeyAfterBytes = Bytes(peer.RekeyAfterBytes),
            Name = Name(peer.Name),
            ReplaceAllowedIps = true,
        };
        foreach (var network in peer.AllowedIps) change.AllowedIps.Add(new AllowedIpChange(new IpPrefix(IpAddress.From(network.BaseAddress), network.PrefixLength), Remove: false));
        // A key of zeros takes an earlier one away.
        change.PresharedKey = peer.PresharedKey is { } key ? Copy(key, arena) : arena.Allocate();
        return change;
    }

    public static IPEndPoint ToEndPoint(EndpointAddress address)
    {
        var ip = address.Address.ToIPAddress();
        if (address.ScopeId != 0) ip.ScopeId = address.ScopeId;
        return new IPEndPoint(ip, address.Port);
    }

    public static IPNetwork ToNetwork(IpPrefix prefix) => new(prefix.Address.ToIPAddress(), prefix.Length);

    public static IEnumerable<IPAddress> ToAddresses(BindAddresses? addresses) =>
        ((IpAddress[])[addresses?.V4 ?? default, addresses?.V6 ?? default]).Where(static address => address.Family != 0).Select(static address => address.ToIPAddress());

    private static SecretKey Copy(TunnelKey source, SecretArena arena)
    {
        var key = arena.Allocate();
        key.CopyFrom(source.Secret);
        return key;
    }

    private static string? Device(string? name) => name is null || BindText.TryParseDevice(Encoding.UTF8.GetBytes(name), out _)
        ? name
        : throw new TunnelException($"BindDevice is not the name of an interface: {name}");

    private static BindAddresses Addresses(IList<IPAddress> given) => BindText.TryParseAddresses(Encoding.ASCII.GetBytes(string.Join(',', given)), out var addresses)
        ? addresses
        : throw new TunnelException($"BindAddresses must be at most one address of each family, and none of multicast: {string.Join(", ", given)}");

    private static string Name(string? name)
    {
        if (name is not null && PeerName.Refusal(name) is { } why) throw new TunnelException($"The name of a peer cannot be: {why}.");
        return name ?? "";
    }

    private static ushort Seconds(TimeSpan? time, string name, ushort smallest, ushort largest)
    {
        if (time is not { } given) return 0;
        if (given.Ticks % TimeSpan.TicksPerSecond != 0 || given < TimeSpan.FromSeconds(smallest) || given > TimeSpan.FromSeconds(largest))
            throw new TunnelException($"{name} must be whole seconds from {smallest} to {largest}, not {given.TotalSeconds} s.");
        return (ushort)given.TotalSeconds;
    }

    private static ulong Bytes(ulong? bytes) => bytes is null or >= KeyLife.MinRekeyAfterBytes
        ? bytes ?? 0
        : throw new TunnelException($"RekeyAfterBytes must be at least {KeyLife.MinRekeyAfterBytes}, not {bytes}.");

    private static async Task<EndpointAddress?> ResolveAsync(EndPoint? endpoint, CancellationToken cancellationToken) => endpoint switch
    {
        null => null,
        IPEndPoint given => ToAddress(given.Address, given.Port),
        DnsEndPoint named => ToAddress(await LookUpAsync(named, cancellationToken).ConfigureAwait(false), named.Port),
        _ => throw new TunnelException($"An endpoint is an IPEndPoint or a DnsEndPoint, not {endpoint.GetType().Name}."),
    };

    private static async Task<IPAddress> LookUpAsync(DnsEndPoint named, CancellationToken cancellationToken)
    {
        try
        {
            var found = await Dns.GetHostAddressesAsync(named.Host, named.AddressFamily, cancellationToken).ConfigureAwait(false);
            return found.Length > 0 ? found[0] : throw new TunnelException($"The endpoint {named.Host} has no address.");
        }
        catch (SocketException failure)
        {
            throw new TunnelException($"The endpoint {named.Host} cannot be looked up: {failure.Message}.", failure);
        }
    }

    private static EndpointAddress ToAddress(IPAddress address, int port)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        var scope = address.AddressFamily == AddressFamily.InterNetworkV6 ? (uint)address.ScopeId : 0;
        return new EndpointAddress(IpAddress.From(address), (ushort)port, scope);
    }
}
