using System.Globalization;
using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Input;
using PfsVpn.Cli.Output;
using PfsVpn.Crypto;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Provision;

/// <summary><c>new server</c>: a server's file, with a key, a private network and a port.</summary>
internal sealed class NewServerCommand : ICliCommand
{
    private const string Endpoint = "--endpoint", Subnet = "--subnet", Subnet6 = "--subnet6", Dns = "--dns", Port = "--listen-port", Nat = "--nat", Folder = "--directory", Force = "--force";
    private const string DefaultName = "wg0", Automatic = "auto", None = "none";
    private const ushort UsualPort = 51820;

    /// <inheritdoc/>
    public string Name => "server";

    /// <inheritdoc/>
    public string Summary => "Makes a server: its key, a private network for it and its clients, and its file";

    /// <inheritdoc/>
    public string Arguments =>
        "[<name>] --endpoint <host>[:<port>] [--nat <device> | --nat auto] [--dns <address>[,<address>]...] [--subnet <network> | none] [--subnet6 <network> | none] [--listen-port <port>] [--directory <dir>] [--force]";

    /// <inheritdoc/>
    public string Details =>
        """
        The name is that of the interface (wg0); the file is /etc/wireguard/NAME.conf, readable by its owner only.

          --endpoint HOST[:PORT]   where clients reach this host: its public name or address
          --nat DEVICE             clients reach the internet through this device of the host, and send everything through the
                                   tunnel: writes PostUp and PostDown lines for forwarding and masquerading (nft, sysctl).
                                   auto is the device of the default route. Without it clients reach this host and each other's
                                   network, where the host forwards
          --dns ADDRESSES          name servers for the clients; without it they keep their own
          --subnet NETWORK         the network of the tunnel (a random 10.x.y.0/24), or none
          --subnet6 NETWORK        the same for IPv6 (a random /64 of fd00::/8), or none
          --listen-port PORT       the UDP port (that of the endpoint, or 51820)
          --directory DIR          where the files are (/etc/wireguard)
          --force                  replace a server that is there; its clients' files stay, but their keys are not known to the new one

        Example:
          pfsvpn new server wg0 --endpoint vpn.example.com --nat auto --dns 9.9.9.9
        """;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        var words = new OptionWords(arguments, [Force], [Endpoint, Subnet, Subnet6, Dns, Port, Nat, Folder]);
        if (words.Plain.Count > 1) throw new UsageException();
        var directory = words.Text(Folder) ?? TunnelFileReader.DefaultDirectory;
        // Only who gave nothing is asked for everything.
        var asks = arguments.Count == 0 && context.Ask is not null;
        var name = TunnelName.CheckedInterface(words.Plain.Count == 1 ? words.Plain[0]
            : asks ? Questions.Text(context, "Name of the interface", DefaultName, TunnelName.CheckedInterface) : DefaultName);
        var path = TunnelFileReader.PathOf(name, directory);
        if (File.Exists(path) && !words.Has(Force)) throw new CliException($"{path}: there is such a file; choose another name, or replace it with --force");
        var (endpoint, port) = EndpointOf(context, words);
        var device = NatDevice(context, words.Text(Nat), asks);
        var local = Prefixes.OfThisHost();
        var plan = new ServerPlan(name, Networks(words, local), port, device);
        var dns = words.Text(Dns) ?? (asks && device is not null ? Questions.Text(context, "Name servers for the clients, or none", None, static text => text == None ? None : ClientSettings.ToDns(text)) : None);
        var allowed = device is not null ? ClientSettings.Everything : string.Join(", ", plan.Networks);
        var settings = new ClientSettings(endpoint, dns == None ? null : ClientSettings.ToDns(dns), allowed, ClientSettings.UsualKeepalive);
        Make(context, plan, settings, path, directory, words.Has(Force));
        Report(context, plan, settings, path, directory);
        return 0;
    }

    private static void Make(CliContext context, ServerPlan plan, ClientSettings settings, string path, string directory, bool replace)
    {
        PrivateFile.CreateFolder(directory);
        using var folder = ServerFolder.Lock(plan.Name, directory);
        using var key = context.Arena.Allocate();
        X25519.GeneratePrivateKey(key, SystemRandom.Instance);
        using var file = PrivateFile.Create(path);
        using (var output = new LockedWriter(file))
        {
            plan.Write(output, key);
            output.Flush();
        }
        settings.Write(folder.Path);
        file.Commit(replace);
    }

    private static void Report(CliContext context, ServerPlan plan, ClientSettings settings, string path, string directory)
    {
        var place = directory == TunnelFileReader.DefaultDirectory ? "" : $" --directory {directory}";
        var text = $"Made {path}: {string.Join(" and ", plan.Networks)}, UDP port {plan.ListenPort}, reached at {settings.Endpoint}.\n";
        text += plan.NatDevice is { } device ? $"Clients reach the internet through {device}.\n" : "";
        text += $"\nNext:\n  pfsvpn up {(place.Length == 0 ? plan.Name : path)}\n  pfsvpn new client {plan.Name} NAME --qr{place}\n";
        text += $"Where a firewall is in front of this host, let UDP port {plan.ListenPort} in.\n";
        context.Output.Write(System.Text.Encoding.UTF8.GetBytes(text));
        if (plan.NatDevice is not null && settings.Dns is null)
            context.Error.WriteLine("Note: clients keep their own name servers, which may be out of reach through the tunnel; --dns says others");
    }

    private static (string Endpoint, ushort Port) EndpointOf(CliContext context, OptionWords words)
    {
        ushort? given = null;
        if (words.Text(Port) is { } text)
            given = ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : throw new UsageException($"{Port}: not a port from 1 to 65535: `{text}'");
        var host = words.Text(Endpoint);
        if (host is null)
        {
            if (context.Ask is null) throw new UsageException($"{Endpoint} is missing: the public name or address of this host, by which clients reach it");
            host = Questions.Text(context, "Public name or address of this host, with :PORT or not", PublicAddress(), answer => ClientSettings.ToEndpoint(answer, given ?? UsualPort));
        }
        var endpoint = ClientSettings.ToEndpoint(host, given ?? UsualPort);
        var port = endpoint[(endpoint.LastIndexOf(':') + 1)..];
        return (endpoint, given ?? (ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var own) && own > 0 ? own : throw new UsageException($"{Endpoint}: not a port from 1 to 65535: `{port}'")));
    }

    /// <summary>An address of this host that the whole internet may reach, or null.</summary>
    private static string? PublicAddress()
    {
        IpPrefix[] inner = [new(new IpAddress(10u << 24), 8), new(new IpAddress(0xAC100000), 12), new(new IpAddress(0xC0A80000), 16), new(new IpAddress(0x64400000), 10), new(new IpAddress(0xA9FE0000), 16)];
        return Prefixes.OfThisHost().Where(entry => entry.Address.IsV4 && !inner.Any(prefix => prefix.Contains(entry.Address))).Select(static entry => entry.Address.ToString()).FirstOrDefault();
    }

    private static string? NatDevice(CliContext context, string? given, bool asks)
    {
        if (given is null)
        {
            if (!asks || DefaultRouteDevice() is not { } likely) return null;
            return Questions.YesOrNo(context, $"Let clients reach the internet through this host ({likely})?", otherwise: true) ? likely : null;
        }
        if (given == Automatic) return DefaultRouteDevice() ?? throw new CliException($"{Nat}: this host has no default route; name the device");
        // It goes into commands of the file.
        if (!Configuration.TunnelFile.IsInterfaceName(given)) throw new UsageException($"{Nat}: not the name of a network device: `{given}'");
        return context.Commands.Run(new Tunnel.CommandRequest("ip", ["link", "show", "dev", given])).Succeeded ? given : throw new CliException($"{Nat}: there is no network device {given}; ip -br link shows those that there are");
    }

    private static string? DefaultRouteDevice()
    {
        try
        {
            return File.ReadLines("/proc/net/route").Skip(1).Select(static line => line.Split('\t')).Where(static fields => fields.Length > 7 && fields[1] == "00000000" && fields[7] == "00000000")
                .Select(static fields => fields[0]).FirstOrDefault();
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static List<IpPrefix> Networks(OptionWords words, List<(string Device, IpAddress Address, IpPrefix Prefix)> local)
    {
        var networks = new List<IpPrefix>();
        if (words.Text(Subnet) is not None) networks.Add(words.Text(Subnet) is { } v4 ? Network(Subnet, v4, isV4: true, local) : AddressPlan.RandomV4(SystemRandom.Instance, [.. local.Select(static entry => entry.Prefix)]));
        if (words.Text(Subnet6) is not None) networks.Add(words.Text(Subnet6) is { } v6 ? Network(Subnet6, v6, isV4: false, local) : AddressPlan.RandomV6(SystemRandom.Instance));
        return networks.Count > 0 ? networks : throw new UsageException("A tunnel needs a network: --subnet or --subnet6");
    }

    private static IpPrefix Network(string option, string text, bool isV4, List<(string Device, IpAddress Address, IpPrefix Prefix)> local)
    {
        if (!text.Contains('/', StringComparison.Ordinal) || !Prefixes.TryParse(text, out var address, out var network) || address.IsV4 != isV4)
            throw new UsageException($"{option}: not a network of IPv{(isV4 ? 4 : 6)} such as {(isV4 ? "10.20.30.0/24" : "fd12:3456:789a::/64")}: `{text}'");
        if (network.Address != address) throw new UsageException($"{option}: `{text}' has bits behind its length; the network is {network}");
        if (AddressPlan.NextFree(network, []) is null) throw new UsageException($"{option}: {network} has no room for clients");
        var other = local.FirstOrDefault(entry => entry.Prefix.Overlaps(network));
        return other.Device is null ? network : throw new CliException($"{option}: {network} is in use here already: {other.Device} has {other.Address}/{other.Prefix.Length}; choose another, or leave the option out for a random one");
    }
}
