using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using PfsVpn.Cli.Input;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Attend;

/// <summary>
/// Looks names up beside a tunnel that is not there. Where all traffic goes into a tunnel, or a kill switch holds it back, the system's resolver cannot say where the tunnel's other end is. This one
/// asks the system first, and when that fails the name servers beside the tunnel, with packets that leave as the daemon's own do: past the tunnel, and through the switch.
/// </summary>
/// <remarks>Only names of endpoints are asked for. Threading: any thread; it blocks for some seconds.</remarks>
internal sealed class PastTunnelResolver(INameResolver system, CliContext context, string name) : INameResolver
{
    /// <summary>The item of the state with the name servers that were in use, one a line.</summary>
    public const string StateItem = "nameservers";

    private const string Head = "nameserver ", UpstreamFile = "/run/systemd/resolve/resolv.conf";
    private const int MostServers = 3, DnsPort = 53, LargestAnswer = 4096;
    private static readonly TimeSpan ServerPatience = TimeSpan.FromSeconds(2), SystemPatience = TimeSpan.FromSeconds(3);

    /// <summary>Remembers the name servers that are in use now; those behind systemd-resolved where that stands before them.</summary>
    public static void Remember(CliContext context, string name)
    {
        var servers = ServersOf(context.ResolverFile);
        if (servers.TrueForAll(static server => server.StartsWith("127.0.0.53", StringComparison.Ordinal)) && File.Exists(UpstreamFile)) servers = ServersOf(UpstreamFile);
        new TunnelState(context, name).Write(StateItem, string.Join('\n', servers));
    }

    /// <summary>The mark of the daemon's packets: that of the kill switch, else that of the default routes; null where there is neither, and so nothing to go past.</summary>
    public static uint? MarkOf(CliContext context, string name)
    {
        var state = new TunnelState(context, name);
        return uint.TryParse(state.Read(Guard.KillSwitch.MarkItem) ?? state.Read(DefaultRoutes.StateItem), NumberStyles.None, CultureInfo.InvariantCulture, out var mark) ? mark : null;
    }

    /// <inheritdoc/>
    public int Resolve(string host, string port, out EndpointAddress endpoint)
    {
        var error = ResolveAll(host, port, out var all);
        endpoint = error == 0 ? all[0] : default;
        return error;
    }

    /// <inheritdoc/>
    public int ResolveAll(string host, string port, out IReadOnlyList<EndpointAddress> endpoints)
    {
        var usual = Task.Run(() => (Error: system.ResolveAll(host, port, out var found), Found: found));
        int? said = usual.Wait(SystemPatience) ? usual.Result.Error : null;
        if (said != 0 && PortOf(port) is { } number)
        {
            endpoints = [.. AskBeside(host, said).Select(address => new EndpointAddress(address, number))];
            if (endpoints.Count != 0) return 0;
        }
        (var error, endpoints) = usual.Result;
        return error;
    }

    /// <inheritdoc/>
    public ushort? ServicePort(string service) => system.ServicePort(service);

    private static List<string> ServersOf(string path) => !File.Exists(path) ? [] :
    [
        .. File.ReadLines(path).Where(static line => line.StartsWith(Head, StringComparison.Ordinal)).Select(static line => line[Head.Length..].Trim())
            .Where(static server => IPAddress.TryParse(server, out _)).Take(MostServers),
    ];

    private ushort? PortOf(string port) => ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : system.ServicePort(port);

    /// <summary>Asks the name servers beside the tunnel where there are any, and the system has not said (or null) that it is no use.</summary>
    private List<IpAddress> AskBeside(string host, int? said)
    {
        try
        {
            if (said is { } error && EndpointResolver.IsFinal(error) && context.Plans.CanLookUp(context, name)) return [];
            if (context.Plans.PastTunnel(context, name) is not { } prepare) return [];
            foreach (var server in context.Plans.NameServersBeside(context, name).Take(MostServers))
            {
                if (!IPAddress.TryParse(server, out var address)) continue;
                List<IpAddress> found = [.. Ask(address, host, DnsMessage.Aaaa, prepare), .. Ask(address, host, DnsMessage.A, prepare)];
                if (found.Count != 0) return found;
            }
        }
        catch (CliException)
        {
            // The system does not say where to ask: it is asked again later.
        }
        return [];
    }

    private static List<IpAddress> Ask(IPAddress server, string host, ushort type, Action<Socket, IPAddress> prepare)
    {
        if (DnsMessage.Question((ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1), host, type) is not { } question) return [];
        try
        {
            using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            prepare(socket, server);
            socket.Connect(server, DnsPort);
            socket.Send(question);
            var buffer = new byte[LargestAnswer];
            var watch = Stopwatch.StartNew();
            while (ServerPatience - watch.Elapsed is var left && left > TimeSpan.Zero && socket.Poll(left, SelectMode.SelectRead))
            {
                var length = socket.Receive(buffer);
                if (DnsMessage.TryRead(buffer.AsSpan(0, length), question, out var addresses)) return addresses;
            }
        }
        catch (SocketException)
        {
            // No way to it now: the next one is asked, and all of them again later.
        }
        return [];
    }
}
