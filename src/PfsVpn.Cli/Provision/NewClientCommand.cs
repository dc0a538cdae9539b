using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Input;
using PfsVpn.Cli.Output;
using PfsVpn.Crypto;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Provision;

/// <summary><c>new client</c>: a client's file, and the client in the server's file and on its running interface: in all of them or in none.</summary>
internal sealed class NewClientCommand : ICliCommand
{
    private const string Endpoint = "--endpoint", Address = "--address", Dns = "--dns", Allowed = "--allowed-ips", Full = "--full-tunnel", Psk = "--psk", NoPsk = "--no-psk", Qr = "--qr",
        Out = "--out", Folder = "--directory", Force = "--force";

    /// <inheritdoc/>
    public string Name => "client";

    /// <inheritdoc/>
    public string Summary => "Makes a client for a server, and adds it to the server's file and running interface";

    /// <inheritdoc/>
    public string Arguments =>
        "[<server>] <client> [--qr] [--full-tunnel | --allowed-ips <prefix>[,<prefix>]...] [--dns <address>[,<address>]...] [--address <address>[,<address>]] [--endpoint <host>[:<port>]] [--no-psk] [--out <file> | -] [--directory <dir>] [--force]";

    /// <inheritdoc/>
    public string Details =>
        """
        The server may be left out where there is only one. The client gets the next free addresses of the server's networks, and a file of its
        own: /etc/wireguard/SERVER-clients/CLIENT.conf. If the server is up, its interface knows the client at once; other sessions go on.
        Also for a server that this program did not make: say --endpoint once.

          --qr                     show the client's file as a QR code, for a phone
          --full-tunnel            the client sends everything through the tunnel (what a server with --nat gives by itself)
          --allowed-ips PREFIXES   what the client sends through the tunnel
          --dns ADDRESSES          its name servers, and search domains; none for its own
          --address ADDRESSES      its addresses, instead of the next free ones
          --endpoint HOST[:PORT]   where it reaches the server; kept for the clients to come
          --no-psk                 without a preshared key, which a client has otherwise
          --out FILE               another place for its file; - prints it and keeps none
          --directory DIR          where the files are (/etc/wireguard)
          --force                  replace a file that is there
        """;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        var words = new OptionWords(arguments, [Full, Psk, NoPsk, Qr, Force], [Endpoint, Address, Dns, Allowed, Out, Folder]);
        if (words.Has(Psk) && words.Has(NoPsk)) throw new UsageException($"{Psk} or {NoPsk}, not both");
        if (words.Has(Full) && words.Text(Allowed) is not null) throw new UsageException($"{Full} or {Allowed}, not both");
        var directory = words.Text(Folder) ?? TunnelFileReader.DefaultDirectory;
        var (server, name) = words.Plain switch
        {
            [var one] => (ServerFolder.OnlyServer(directory), one),
            [var first, var second] => (first, second),
            [] when context.Ask is not null => (ServerFolder.OnlyServer(directory), Questions.Text(context, "Name of the client (phone, laptop)", null, TunnelName.CheckedClient)),
            _ => throw new UsageException(),
        };
        TunnelName.CheckedInterface(server);
        TunnelName.CheckedClient(name);
        var path = TunnelFileReader.PathOf(server, directory);
        if (!File.Exists(path)) throw new CliException($"{path}: there is no such server; make it first: pfsvpn new server {server} --endpoint HOST");
        var asksForQr = words.Plain.Count == 0 && Questions.YesOrNo(context, "Show a QR code for a phone?", otherwise: true);
        using var folder = ServerFolder.Lock(server, directory);
        using var file = ServerFile.Read(context, path);
        var target = words.Text(Out) switch { "-" => null, null => folder.FileOf(name), var given => given };
        if (target is not null && File.Exists(target) && !words.Has(Force)) throw new CliException($"{target}: there is such a file; choose another name, or replace it with --force");
        using var running = RunningServer.Find(context, server, file);
        using var client = Plan(context, words, server, name, file, folder, running);
        new ClientAddition(context, file, client, running).Make(target, words.Has(Force));
        Report(context, client, running, target);
        if (words.Has(Qr) || asksForQr) QrCommand.RunApart(context, sink => WriteClient(client, sink));
        return 0;
    }

    /// <summary>Writes a client's file to a sink.</summary>
    public static void WriteClient(ClientPlan client, IByteSink sink)
    {
        using var output = new LockedWriter(sink);
        client.WriteFile(output);
        output.Flush();
    }

    private static ClientPlan Plan(CliContext context, OptionWords words, string server, string name, ServerFile file, ServerFolder folder, RunningServer running)
    {
        if (file.Peers.FirstOrDefault(peer => string.Equals(peer.Name, name, StringComparison.OrdinalIgnoreCase)) is { } same)
            throw new CliException($"{file.Path}: there is a client named {same.Name} already; choose another name, or remove it first: pfsvpn new remove {server} {same.Name}");
        var serverKey = file.PublicKey ?? throw new CliException($"{file.Path}: there is no PrivateKey in [Interface], so the public key for the client cannot be computed");
        var settings = Settings(words, file, folder);
        // Before there are keys: what is wrong with it must not leave them behind.
        var addresses = Addresses(words, file, running);
        return new ClientPlan(context.Arena, SystemRandom.Instance, !words.Has(NoPsk))
        {
            Name = name,
            Addresses = addresses,
            Server = server,
            ServerKey = serverKey,
            Settings = settings,
        };
    }

    private static ClientSettings Settings(OptionWords words, ServerFile file, ServerFolder folder)
    {
        var networks = file.Addresses.Select(static entry => entry.Network).Distinct().ToList();
        var kept = ClientSettings.Read(folder.Path) ?? new ClientSettings(null, null, string.Join(", ", networks), ClientSettings.UsualKeepalive);
        if (words.Text(Endpoint) is { } given)
        {
            if (file.ListenPort == 0 && !given.Contains(':', StringComparison.Ordinal)) throw new CliException($"{file.Path}: there is no ListenPort, so clients would not find the server after its next start; add one");
            kept = kept with { Endpoint = ClientSettings.ToEndpoint(given, file.ListenPort) };
            kept.Write(folder.Path);
        }
        if (kept.Endpoint is null) throw new CliException($"Where do clients reach this server? Say it once with {Endpoint} HOST[:PORT]");
        if (words.Has(Full)) kept = kept with { AllowedIps = ClientSettings.Everything };
        if (words.Text(Allowed) is { } allowed) kept = kept with { AllowedIps = ClientSettings.ToAllowedIps(allowed) };
        if (words.Text(Dns) is { } dns) kept = kept with { Dns = dns == "none" ? null : ClientSettings.ToDns(dns) };
        return kept;
    }

    private static List<IpAddress> Addresses(OptionWords words, ServerFile file, RunningServer running)
    {
        List<IpPrefix> used = [.. file.Addresses.Select(static entry => AddressPlan.Alone(entry.Address)), .. file.Peers.SelectMany(static peer => peer.Change.AllowedIps.Select(static allowed => allowed.Prefix)), .. running.AllowedIps];
        var networks = file.Addresses.Select(static entry => entry.Network).Distinct().ToList();
        if (words.Text(Address) is { } text) return Given(text, networks, used);
        var found = new List<IpAddress>();
        foreach (var family in networks.GroupBy(static network => network.Address.IsV4).OrderByDescending(static family => family.Key))
        {
            var free = family.Select(network => AddressPlan.NextFree(network, used)).FirstOrDefault(static address => address is not null);
            found.Add(free ?? throw new CliException($"{file.Path}: no address is free in {string.Join(", ", family)}; choose one with {Address}, or give the server a larger network"));
        }
        return found.Count > 0 ? found : throw new CliException($"{file.Path}: there is no Address in [Interface], so no network to take one of; choose one with {Address}");
    }

    private static List<IpAddress> Given(string text, List<IpPrefix> networks, List<IpPrefix> used)
    {
        var found = new List<IpAddress>();
        foreach (var word in text.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries))
        {
            if (!IpAddress.TryParse(word, out var address)) throw new UsageException($"{Address}: not an IP address: `{word}'");
            // A prefix that covers a whole network is a peer's way out, not an address.
            if (used.Any(prefix => prefix.Contains(address) && !networks.Any(network => prefix.Covers(network)))) throw new CliException($"{Address}: {address} is another's already");
            found.Add(address);
        }
        return found.Count > 0 ? found : throw new UsageException($"{Address}: no address");
    }

    private static void Report(CliContext context, ClientPlan client, RunningServer running, string? target)
    {
        var text = $"Added {client.Name} to {client.Server}: {string.Join(" and ", client.Addresses)}.\n";
        if (target is not null) text += $"Its file is {target}; take it to the client by a safe way, and delete it here once it is there.\n";
        text += running.Explanation;
        // Where the output is the client's file, it is nothing else.
        if (target is null)
        {
            context.Error.Write(text);
            WriteClient(client, context.Output);
        }
        else
        {
            context.Output.Write(System.Text.Encoding.UTF8.GetBytes(text));
        }
    }
}
