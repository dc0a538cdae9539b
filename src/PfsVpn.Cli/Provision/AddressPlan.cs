using PfsVpn.Cli.Input;
using PfsVpn.Crypto;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Provision;

/// <summary>Private networks for tunnels, and the next free address in one.</summary>
/// <remarks>References: RFC 1918 §3, RFC 4193 §3.2. Threading: pure functions.</remarks>
internal static class AddressPlan
{
    private const int V4Length = 24, V6Length = 64;
    private const int Tries = 1000;

    /// <summary>A random 10.x.y.0/24 that has nothing in common with <paramref name="taken"/>.</summary>
    public static IpPrefix RandomV4(IRandomSource random, IReadOnlyList<IpPrefix> taken)
    {
        Span<byte> bytes = stackalloc byte[2];
        for (var left = Tries; left > 0; left--)
        {
            random.Fill(bytes);
            var prefix = new IpPrefix(new IpAddress((10u << 24) | ((uint)bytes[0] << 16) | ((uint)bytes[1] << 8)), V4Length);
            if (!taken.Any(other => other.Overlaps(prefix))) return prefix;
        }
        throw new CliException("All of 10.0.0.0/8 is taken by networks of this host; say which to use with --subnet");
    }

    /// <summary>A random fdxx:xxxx:xxxx::/64: the global ID has 40 random bits, the subnet ID is 0.</summary>
    public static IpPrefix RandomV6(IRandomSource random)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        random.Fill(bytes[1..6]);
        bytes[0] = 0xfd;
        return new IpPrefix(IpAddress.Read(bytes), V6Length);
    }

    /// <summary>The lowest address for a host in <paramref name="network"/> that none of <paramref name="used"/> holds, or null where it is full.</summary>
    /// <remarks>The address of the network itself is left out, and the last of an IPv4 network, which is its broadcast address. What covers all of the network says nothing about an address in it.</remarks>
    public static IpAddress? NextFree(IpPrefix network, IReadOnlyCollection<IpPrefix> used)
    {
        var bits = network.Address.BitLength - network.Length;
        if (bits < 2) return null;
        var narrow = used.Where(prefix => network.Covers(prefix) && prefix.Length > network.Length).ToList();
        var last = bits >= 32 ? uint.MaxValue : (1u << bits) - (network.Address.IsV4 ? 2u : 1u);
        for (uint host = 1; host <= last; host++)
        {
            var address = HostOf(network, host);
            var inTheWay = narrow.Where(prefix => prefix.Contains(address)).ToList();
            if (inTheWay.Count == 0) return address;
            // Over all of a prefix at once: a peer may have a network of its own.
            var skip = network.Address.BitLength - inTheWay.Min(static prefix => prefix.Length);
            if (skip >= 32) return null;
            host |= (1u << skip) - 1;
            if (host == uint.MaxValue) return null;
        }
        return null;
    }

    /// <summary>The address of a network with this host number.</summary>
    public static IpAddress HostOf(IpPrefix network, uint host) => network.Address.IsV4
        ? new IpAddress(network.Address.V4 | host)
        : new IpAddress(network.Address.High, network.Address.Low | host);

    /// <summary>An address alone: /32 or /128.</summary>
    public static IpPrefix Alone(IpAddress address) => new(address, address.BitLength);
}
