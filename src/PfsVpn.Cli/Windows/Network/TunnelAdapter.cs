using PfsVpn.Cli.Tunnel;
using PfsVpn.Configuration;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Windows.Network;

/// <summary>The adapter of a tunnel that is being taken up or down.</summary>
internal static class TunnelAdapter
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Its LUID.</summary>
    /// <exception cref="CliException">There is none.</exception>
    public static ulong Of(INetworkSystem network, TunnelHost host) => network.Find(host.Interface) ?? throw new CliException($"the adapter `{host.Interface}' is not there");

    /// <summary>Waits until Windows has bound to the adapter what the file needs: IP begins some moments after the adapter.</summary>
    /// <param name="network">The rows.</param>
    /// <param name="host">The tunnel.</param>
    /// <param name="file">Its file.</param>
    /// <param name="limit">How long Windows may take.</param>
    /// <exception cref="CliException">It did not.</exception>
    public static void Await(INetworkSystem network, TunnelHost host, TunnelFile file, TimeSpan limit)
    {
        foreach (var isV4 in Families(file))
        {
            if (host.WaitUntil(() => network.Find(host.Interface) is { } adapter && network.Interface(adapter, isV4) is not null, limit, Pause)) continue;
            var family = isV4 ? "IPv4" : "IPv6";
            throw new CliException($"Windows does not bind {family} to the adapter `{host.Interface}'; is {family} switched off on this machine? Without it, leave the {family} addresses out of the file");
        }
    }

    /// <summary>Ends the daemon, and returns when the adapter is gone, and with it all that was its own: what others are to get back is nobody's by then.</summary>
    /// <exception cref="CliException">Windows does not take it away.</exception>
    public static void End(TunnelHost host, WindowsParts parts)
    {
        parts.EndDaemon(host);
        if (!host.WaitUntil(() => parts.Network.Find(host.Interface) is null, parts.Patience, Pause)) throw new CliException($"the adapter `{host.Interface}' is still there, and its daemon has ended");
    }

    /// <summary>The families of a file's addresses; without any, IPv4.</summary>
    public static bool[] Families(TunnelFile file)
    {
        bool[] found = [.. file.Addresses.Select(static text => AddressOf(text).Address.IsV4).Distinct()];
        return found.Length == 0 ? [true] : found;
    }

    /// <summary>An address of a file, with its prefix length.</summary>
    /// <exception cref="CliException">It is none.</exception>
    public static (IpAddress Address, int Length) AddressOf(string text) => Input.Prefixes.TryParse(text, out var address, out var prefix)
        ? (address, prefix.Length)
        : throw new CliException($"`{text}' is no address");
}
