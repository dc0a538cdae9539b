using PfsVpn.Cli.Reload;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Configuration;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Windows.Network;

/// <summary>What of a reload concerns Windows: addresses, MTU and metric, name servers, routes, kill switch.</summary>
internal sealed class WindowsReload(ReloadFiles files, WindowsParts parts)
{
    private readonly AdapterAddresses _addresses = new(parts.Network);
    private readonly AdapterRoutes _routes = new(parts.Network);
    private readonly AdapterSettings _settings = new(parts.Network);
    private readonly AdapterNameServers _names = new(parts.Network, parts.Filters, parts.ProgramPath);
    private readonly WindowsKillSwitch _switch = new(parts.Network, parts.Filters, parts.DaemonPath, parts.ProgramPath);

    /// <summary>Adds the steps where there is a difference.</summary>
    /// <exception cref="CliException">The file wants something that is not to be had on Windows.</exception>
    public void AddTo(TunnelPlan plan)
    {
        var (wanted, applied) = (files.Wanted, files.Applied);
        AddAddresses(plan);
        // A family without addresses may have come to the adapter after the settings did.
        if (applied is null || applied.Mtu != wanted.Mtu || TunnelAdapter.Families(wanted).Except(TunnelAdapter.Families(applied)).Any() || AdapterRoutes.HasDefault(applied, isV4: true) != AdapterRoutes.HasDefault(wanted, isV4: true)
            || AdapterRoutes.HasDefault(applied, isV4: false) != AdapterRoutes.HasDefault(wanted, isV4: false))
            Add(plan, TunnelStage.Mtu, "set the adapter's MTU and metric", _settings.Apply);
        if (applied is null || !applied.DnsServers.SequenceEqual(wanted.DnsServers, StringComparer.Ordinal) || !applied.DnsSearch.SequenceEqual(wanted.DnsSearch, StringComparer.Ordinal))
            Add(plan, TunnelStage.Dns, "set the name servers", _names.Apply);
        AddRoutes(plan);
        // Behind the routes: what they do not reach is not kept from being asked.
        if (applied is null || AdapterNameServers.IsOnly(applied) != AdapterNameServers.IsOnly(wanted)) Add(plan, TunnelStage.Firewall, "keep other name servers from being asked, or not", _names.Guard);
        AddKillSwitch(plan);
    }

    /// <summary>New ones first. Undone in the other order.</summary>
    private void AddAddresses(TunnelPlan plan)
    {
        string[] running = files.Host.DryRun ? [] : [.. AdapterAddresses.Of(parts.Network, files.Host.Interface, files.Wanted).Select(static row => row.ToString())];
        string[] wanted = [.. files.Wanted.Addresses.Select(Normal).Distinct(StringComparer.Ordinal)];
        var before = files.Applied?.Addresses.Select(Normal) ?? running;
        foreach (var address in wanted.Except(files.Host.DryRun ? before : running, StringComparer.Ordinal))
            plan.Add(TunnelStage.Address, $"add the address {address}", host => host.Act($"address {address} on {host.Interface}", () => _addresses.Add(host, address)), host => _addresses.Remove(host, address));
        foreach (var address in before.Except(wanted, StringComparer.Ordinal))
            plan.Add(TunnelStage.Address, $"delete the address {address}", host => host.Act($"address {address} away from {host.Interface}", () => _addresses.Remove(host, address)), host => _addresses.Add(host, address));
    }

    private void AddRoutes(TunnelPlan plan)
    {
        var (before, after) = (files.Applied is null ? [] : AdapterRoutes.Destinations(files.Applied), AdapterRoutes.Destinations(files.Wanted));
        foreach (var prefix in after.Except(before)) plan.Add(TunnelStage.Route, $"add the route {prefix}", host => Add(host, prefix), host => _routes.Remove(host, prefix));
        foreach (var prefix in before.Except(after)) plan.Add(TunnelStage.Route, $"delete the route {prefix}", host => Remove(host, prefix), host => _routes.Add(host, prefix));
    }

    private void AddKillSwitch(TunnelPlan plan)
    {
        var (before, after) = (files.Applied?.KillSwitch ?? KillSwitchMode.Off, files.Wanted.KillSwitch);
        if (after == KillSwitchMode.Off)
        {
            if (before != KillSwitchMode.Off) Add(plan, TunnelStage.PostUp, "lift the kill switch", _switch.Apply);
        }
        else if (before == KillSwitchMode.Off || !files.Applied!.KillSwitchAllow.SequenceEqual(files.Wanted.KillSwitchAllow) || !_switch.IsClosed(files.Host))
            Add(plan, TunnelStage.Firewall, "close the kill switch", _switch.Apply);
    }

    /// <summary>A step from the former file to the wanted one, and back.</summary>
    private void Add(TunnelPlan plan, TunnelStage stage, string name, Action<TunnelHost, TunnelFile> apply) => plan.Add(stage, name, host => apply(host, files.Wanted), host =>
    {
        if (files.Applied is not null) apply(host, files.Applied);
    });

    private void Add(TunnelHost host, IpPrefix prefix) => host.Act($"route {prefix} on {host.Interface} metric 0", () => _routes.Add(host, prefix));

    private void Remove(TunnelHost host, IpPrefix prefix) => host.Act($"route {prefix} away from {host.Interface}", () => _routes.Remove(host, prefix));

    private static string Normal(string text)
    {
        var (address, length) = TunnelAdapter.AddressOf(text);
        return $"{address}/{length}";
    }
}
