using PfsVpn.Cli.Guard;
using PfsVpn.Cli.Input;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Configuration;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Rootless;

/// <summary>What <c>exec</c> makes of a tunnel's file: the daemon's part, and the plan for the program's namespaces.</summary>
internal static class TunnelSource
{
    private const int DefaultMtu = 1420;

    /// <summary>Reads a file, fetches the key where it does not stand in it, and looks up its endpoints, here where the host's name servers are. The caller disposes it.</summary>
    /// <exception cref="CliException">It cannot be read or used.</exception>
    public static TunnelFile Read(CliContext context, string path)
    {
        var file = TunnelFileReader.Read(context, path);
        try
        {
            PrivateKeySource.Fill(new TunnelHost(context, TunnelFile.InterfaceOf(path)!, dryRun: false), file);
            var resolver = new EndpointResolver(context);
            foreach (var endpoint in file.WgConfig.UnresolvedEndpoints) resolver.Resolve(endpoint, $"{path}:{endpoint.Line}: Endpoint");
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The MTU in bytes.</summary>
    public static int MtuOf(TunnelFile file) => file.Mtu ?? DefaultMtu;

    /// <summary>What is set up inside.</summary>
    public static InsidePlan Plan(TunnelFile file, ExecOptions options, int link, bool dropsCapabilities) => new()
    {
        Interface = options.Interface,
        Mtu = MtuOf(file),
        Link = link,
        DropsCapabilities = dropsCapabilities,
        Addresses = file.Addresses,
        Routes = [.. file.Peers.SelectMany(static peer => peer.Change.AllowedIps).Where(static allowed => !allowed.Remove).Select(static allowed => Text(allowed.Prefix)).Distinct(StringComparer.Ordinal)],
        Unreachable = [.. file.Peers.SelectMany(static peer => peer.ExcludedIps).Select(Text).Distinct(StringComparer.Ordinal)],
        Servers = options.Servers ?? file.DnsServers,
        Search = file.DnsSearch,
        Program = options.Program,
    };

    /// <summary>Says what of the file is for a host and not for one program, and takes out of the daemon's part what only root may set.</summary>
    public static void LeaveOut(CliContext context, TunnelFile file, bool isRoot)
    {
        var hooks = file.PreUp.Count + file.PostUp.Count + file.PreDown.Count + file.PostDown.Count + file.OnConnect.Count + file.OnDisconnect.Count
            + file.Peers.Sum(static peer => peer.OnConnect.Count + peer.OnDisconnect.Count);
        if (hooks > 0) context.Error.WriteLine($"Warning: {file.Path}: PreUp, PostUp and other commands are for a tunnel of the whole host; exec runs none of them");
        if (isRoot || file.WgConfig.Change.FirewallMark is null or 0) return;
        context.Error.WriteLine($"Warning: {file.Path}: FwMark takes root; the tunnel goes without. It has no use here: nothing of the host is routed by it");
        file.WgConfig.Change.FirewallMark = null;
    }

    private static string Text(IpPrefix prefix) => $"{NativeResolver.Format(prefix.Address)}/{prefix.Length}";
}
