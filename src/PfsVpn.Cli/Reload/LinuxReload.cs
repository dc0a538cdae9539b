using System.Text.Json;
using PfsVpn.Cli.Attend;
using PfsVpn.Cli.Guard;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Reload;

/// <summary>What of a reload concerns Linux: addresses, MTU, name servers, routes, kill switch, and the attendant's process.</summary>
internal sealed class LinuxReload(ReloadFiles files)
{
    private readonly ReloadFiles _files = files;

    /// <summary>Adds the steps where there is a difference. The mark that the daemon is to have is in the file behind it.</summary>
    public void AddTo(TunnelPlan plan)
    {
        var isSameMark = (_files.Applied ?? _files.Wanted).WgConfig.Change.FirewallMark == _files.Wanted.WgConfig.Change.FirewallMark;
        AddKillSwitch(plan);
        LinkAddresses.AddTo(plan, _files.Host, _files.Wanted.Addresses);
        AddMtu(plan);
        AddDns(plan);
        List<string>? former = _files.Applied is not null ? null : [.. _files.Running.Peers.SelectMany(static peer => peer.AllowedIps).Select(static prefix => prefix.ToString())];
        new ReloadRoutes(_files.Applied ?? _files.Wanted, _files.Wanted, former, isSameMark).AddTo(plan);
        AddMssClamp(plan);
        AddAttendant(plan);
    }

    private void AddKillSwitch(TunnelPlan plan)
    {
        var (before, after) = (_files.Applied?.KillSwitch ?? KillSwitchMode.Off, _files.Wanted.KillSwitch);
        // The daemon keeps the mark that it has.
        if (after != KillSwitchMode.Off && _files.Wanted.WgConfig.Change.FirewallMark is null or 0 && _files.Running.FirewallMark != 0) _files.Wanted.WgConfig.Change.FirewallMark = _files.Running.FirewallMark;
        if (after == KillSwitchMode.Off)
        {
            if (before != KillSwitchMode.Off) plan.Add(TunnelStage.PostUp, "lift the kill switch", KillSwitch.Lift, CloseAsBefore);
        }
        else if (before == KillSwitchMode.Off || !_files.Applied!.KillSwitchAllow.SequenceEqual(_files.Wanted.KillSwitchAllow) || !KillSwitch.IsClosed(_files.Host))
        {
            if (_files.Wanted.WgConfig.Change.FirewallMark is null or 0) _files.Wanted.WgConfig.Change.FirewallMark = DefaultRoutes.FindTable(_files.Host);
            plan.Add(TunnelStage.Firewall, "close the kill switch", host => KillSwitch.Close(host, _files.Wanted), before == KillSwitchMode.Off ? KillSwitch.Lift : CloseAsBefore);
        }
    }

    private void CloseAsBefore(TunnelHost host)
    {
        _files.Applied!.WgConfig.Change.FirewallMark = _files.Running.FirewallMark;
        KillSwitch.Close(host, _files.Applied);
    }

    private void AddMssClamp(TunnelPlan plan)
    {
        if ((_files.Applied?.MssClamp ?? false) == _files.Wanted.MssClamp && _files.Applied?.MssClampSize == _files.Wanted.MssClampSize) return;
        plan.Add(TunnelStage.Firewall, "change the clamp of forwarded connections", host => MssClamp.Set(host, _files.Wanted), host =>
        {
            if (_files.Applied is null) MssClamp.Remove(host);
            else MssClamp.Set(host, _files.Applied);
        });
    }

    private void AddMtu(TunnelPlan plan)
    {
        // Where neither file says one, it follows the path, and the attendant may have changed it.
        if (_files.Wanted.Mtu is null && _files.Applied is { Mtu: null }) return;
        var running = RunningMtu();
        var wanted = TunnelMtu.Find(_files.Host, _files.Wanted);
        if (wanted != running) plan.Add(TunnelStage.Mtu, $"set the MTU to {wanted}", host => SetMtu(host, wanted), host => SetMtu(host, running));
    }

    private static void SetMtu(TunnelHost host, int mtu) => host.Run("ip", "link", "set", "dev", host.Interface, "mtu", $"{mtu}");

    private int RunningMtu()
    {
        using var json = JsonDocument.Parse(_files.Host.Query("ip", "-j", "link", "show", "dev", _files.Host.Interface).Output);
        return json.RootElement[0].GetProperty("mtu").GetInt32();
    }

    private void AddDns(TunnelPlan plan)
    {
        if (_files.Applied is { } applied && applied.DnsServers.SequenceEqual(_files.Wanted.DnsServers, StringComparer.Ordinal) && applied.DnsSearch.SequenceEqual(_files.Wanted.DnsSearch, StringComparer.Ordinal)) return;
        if (_files.Applied is null && _files.Wanted.DnsServers.Count == 0) return;
        plan.Add(TunnelStage.Dns, _files.Wanted.DnsServers.Count == 0 ? "give the former name servers back" : "set the name servers", host => TunnelDns.Change(host, _files.Wanted), host =>
        {
            if (_files.Applied is not null) TunnelDns.Change(host, _files.Applied);
        });
    }

    private void AddAttendant(TunnelPlan plan)
    {
        // One that runs follows what is remembered.
        var (runs, wanted) = (AttendantProcess.Find(_files.Host.Context, _files.Host.Interface) is not null, !AttendPlan.Of(_files.Wanted, "").IsEmpty);
        if (ForegroundTunnel.Runs(_files.Host.Context, _files.Host.Interface) || runs == wanted) return;
        if (wanted) plan.Add(TunnelStage.PostUp, "start the attendant", StartFromFile, AttendSteps.End);
        else plan.Add(TunnelStage.PostUp, "end the attendant", AttendSteps.End, AttendSteps.Start);
    }

    private void StartFromFile(TunnelHost host)
    {
        AttendSteps.Remember(host, _files.Wanted.Path);
        AttendSteps.Start(host);
    }
}
