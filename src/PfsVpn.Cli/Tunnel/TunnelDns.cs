using PfsVpn.Configuration;

namespace PfsVpn.Cli.Tunnel;

/// <summary>The tunnel's name servers: told to resolvconf where it is, else to systemd-resolved where that runs, else written into the resolver's file.</summary>
/// <remarks>References: wg-quick(8), DNS; resolvconf(8); resolvectl(1). While the tunnel is up its servers are the only ones.</remarks>
internal static class TunnelDns
{
    /// <summary>The item of the state that says which of the three it was.</summary>
    public const string StateItem = "dns";

    private const string Head = "nameserver ", SearchHead = "search ";
    private const string Resolvconf = "resolvconf", Resolvectl = "resolvectl", ResolverFileMethod = "file";
    private const string ResolvedFolder = "/run/systemd/resolve", InterfaceOrder = "/etc/resolvconf/interface-order", RecordFolder = "/etc/resolvconf/run/interface";

    /// <summary>Adds the step of up.</summary>
    public static void AddTo(TunnelPlan plan, TunnelFile file)
    {
        if (file.DnsServers.Count != 0) plan.Add(TunnelStage.Dns, "set the name servers", host => Set(host, file), Reset);
    }

    /// <summary>Adds the step of down.</summary>
    /// <param name="plan">The plan of down.</param>
    /// <param name="file">The tunnel's file.</param>
    /// <param name="state">What is remembered; wg-quick leaves nothing, and always asks resolvconf.</param>
    public static void AddEndTo(TunnelPlan plan, TunnelFile file, TunnelState state)
    {
        if (state.Has(StateItem)) plan.Add(TunnelStage.DnsEnd, "give the former name servers back", Reset);
        else if (file.DnsServers.Count != 0) plan.Add(TunnelStage.DnsEnd, "give the former name servers back", ResetResolvconf);
    }

    /// <summary>The name servers of a tunnel that is up as resolvconf knows them; none where it is not there or knows none.</summary>
    public static List<string> Servers(TunnelHost host) =>
        [.. Lines(RecordsInForce(host)).Where(static line => line.StartsWith(Head, StringComparison.Ordinal)).Select(static line => line[Head.Length..].Trim())];

    /// <summary>What resolvconf knows of a tunnel that is up, in the form of <see cref="Records"/>; nothing where it is not there or knows nothing.</summary>
    public static string RecordsInForce(TunnelHost host)
    {
        if (host.Context.Commands.Find(Resolvconf) is null) return "";
        var listed = host.Query(Resolvconf, "-l", RecordName(host));
        // Debian's own resolvconf cannot list, but has a file for each interface.
        var record = Path.Combine(RecordFolder, RecordName(host));
        var records = listed.Succeeded || !File.Exists(record) ? listed.Output : File.ReadAllText(record);
        return string.Concat(Lines(records).Where(static line => line.StartsWith(Head, StringComparison.Ordinal) || line.StartsWith(SearchHead, StringComparison.Ordinal)).Select(static line => line.Trim() + "\n"));
    }

    /// <summary>Gives resolvconf back what it knew of a tunnel that this program did not take up.</summary>
    public static void Restore(TunnelHost host, string records)
    {
        if (records.Length == 0) Reset(host);
        else Tell(host, records);
        Forget(host);
    }

    /// <summary>Forgets that resolvconf was told: whoever takes the tunnel down without knowing asks it anyway.</summary>
    public static void Forget(TunnelHost host)
    {
        var state = new TunnelState(host.Context, host.Interface);
        if (state.Read(StateItem) == Resolvconf) state.Remove(StateItem);
    }

    /// <summary>Takes back what is remembered, and forgets it.</summary>
    public static void Reset(TunnelHost host)
    {
        var state = new TunnelState(host.Context, host.Interface);
        switch (state.Read(StateItem))
        {
            case Resolvconf:
                ResetResolvconf(host);
                break;
            case Resolvectl:
                // It forgets a link that is gone by itself.
                if (TunnelLink.Exists(host)) host.Run(Resolvectl, "revert", host.Interface);
                break;
            case ResolverFileMethod:
                host.Act($"restore {host.Context.ResolverFile}", () => new ResolverFile(host.Context, host.Interface, host.Say).Restore());
                break;
            default:
                return;
        }
        if (!host.DryRun) state.Remove(StateItem);
    }

    /// <summary>Sets the name servers of a changed file, or gives the former ones back where it has none.</summary>
    public static void Change(TunnelHost host, TunnelFile file)
    {
        var method = new TunnelState(host.Context, host.Interface).Read(StateItem);
        if (file.DnsServers.Count == 0 && method is null) ResetResolvconf(host);
        else if (file.DnsServers.Count == 0 || method == ResolverFileMethod) Reset(host);
        if (file.DnsServers.Count != 0) Set(host, file);
    }

    private static void Set(TunnelHost host, TunnelFile file)
    {
        var method = Method(host.Context);
        // Remembered first: what is set in part is taken back, too.
        if (!host.DryRun) new TunnelState(host.Context, host.Interface).Write(StateItem, method);
        switch (method)
        {
            case Resolvconf:
                Tell(host, Records(file));
                break;
            case Resolvectl:
                host.Run(Resolvectl, ["dns", host.Interface, .. file.DnsServers]);
                // All names are asked of this link, and these suffixes tried.
                host.Run(Resolvectl, ["domain", host.Interface, "~.", .. file.DnsSearch]);
                break;
            default:
                host.Act($"replace {host.Context.ResolverFile} ({string.Join(", ", file.DnsServers)})", () => new ResolverFile(host.Context, host.Interface, host.Say).Replace(Records(file)));
                break;
        }
    }

    private static string Method(CliContext context)
    {
        if (context.Commands.Find(Resolvconf) is not null) return Resolvconf;
        return Directory.Exists(ResolvedFolder) && context.Commands.Find(Resolvectl) is not null ? Resolvectl : ResolverFileMethod;
    }

    private static void ResetResolvconf(TunnelHost host)
    {
        if (host.Context.Commands.Find(Resolvconf) is not null) host.Run(Resolvconf, "-d", RecordName(host), "-f");
    }

    private static void Tell(TunnelHost host, string records) => host.Run(new CommandRequest(Resolvconf, ["-a", RecordName(host), "-m", "0", "-x"]) { Input = records });

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>What a resolver's file would say for a tunnel's file: nothing without name servers.</summary>
    public static string Records(TunnelFile file)
    {
        if (file.DnsServers.Count == 0) return "";
        var servers = string.Concat(file.DnsServers.Select(static server => $"nameserver {server}\n"));
        return file.DnsSearch.Count == 0 ? servers : $"{servers}search {string.Join(' ', file.DnsSearch)}\n";
    }

    /// <summary>The name under which resolvconf keeps the tunnel: with the prefix of the first pattern in Debian's list that one can be made from, so that it goes first.</summary>
    private static string RecordName(TunnelHost host)
    {
        if (!File.Exists(InterfaceOrder)) return host.Interface;
        var pattern = File.ReadLines(InterfaceOrder).Select(static line => line.Trim())
            .FirstOrDefault(static line => line.Length > 1 && line[^1] == '*' && line[..^1].All(static letter => char.IsAsciiLetterOrDigit(letter) || letter == '-'));
        return pattern is null ? host.Interface : $"{pattern[..^1]}.{host.Interface}";
    }
}
