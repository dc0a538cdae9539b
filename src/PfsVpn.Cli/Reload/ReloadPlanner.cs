using PfsVpn.Cli.Attend;
using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Control;
using PfsVpn.Cli.Guard;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Reload;

/// <summary>Plans how a tunnel that is up becomes what its file says today: only the differences, and what ends sessions last.</summary>
/// <remarks>Ownership: whoever made it disposes it, with the secrets of the changes.</remarks>
internal sealed class ReloadPlanner : IDisposable
{
    private readonly TunnelHost _host;
    private readonly TunnelFile _file;
    private readonly TunnelFile? _applied;
    private readonly RunningDevice _running;
    private readonly List<DeviceChange> _changes = [];

    /// <summary>Looks at what is there.</summary>
    /// <param name="host">Where the tunnel is up.</param>
    /// <param name="file">The file of today, which must live as long as this.</param>
    /// <param name="running">What the daemon says, likewise.</param>
    public ReloadPlanner(TunnelHost host, TunnelFile file, RunningDevice running)
    {
        (_host, _file, _running) = (host, file, running);
        _applied = AppliedFile.Read(host.Context, host.Interface);
        ExcludedPrefixes.Apply(file);
    }

    /// <summary>The steps; none where nothing has changed.</summary>
    public TunnelPlan Plan()
    {
        LookUpChanged();
        // A command may ask for a password: not for a look.
        if (!_host.DryRun || _file.PrivateKeySource?.Kind != TunnelKeySourceKind.Command) PrivateKeySource.Fill(_host, _file);
        else ForgetKey();
        var plan = new TunnelPlan();
        _host.Context.Plans.AddReload(plan, new ReloadFiles(_host, _file, _applied, _running));
        AddConfiguration(plan);
        AddRemoval(plan);
        if (plan.Steps.Count != 0 || _applied is null || !IsSameHooks()) plan.Add(TunnelStage.PostUp, "remember what is in force", host => host.Act($"remember {_file.Path} as what is in force", () => AttendSteps.Remember(host, _file.Path)));
        return plan;
    }

    /// <summary>Erases the secrets of the changes.</summary>
    public void Dispose()
    {
        _applied?.Dispose();
        foreach (var change in _changes) change.Dispose();
    }

    /// <summary>Names that have not changed are the attendant's: the peer may be reached elsewhere now.</summary>
    private void LookUpChanged()
    {
        var changed = _file.Peers.Where(peer => peer.NamedEndpoint is { } named && !IsSameName(named, FormerOf(peer)?.NamedEndpoint)).Select(static peer => peer.NamedEndpoint!);
        FirstLookup.Run(_host, _file, [.. changed]);
    }

    private static bool IsSameName(WgConfigEndpoint wanted, WgConfigEndpoint? former) => former is not null && wanted.Host == former.Host && wanted.Port == former.Port;

    private TunnelPeer? FormerOf(TunnelPeer peer) => _applied?.Peers.Find(other => other.Change.PublicKey == peer.Change.PublicKey);

    private void ForgetKey()
    {
        _file.WgConfig.Change.PrivateKey?.Dispose();
        _file.WgConfig.Change.PrivateKey = null;
    }

    private void AddConfiguration(TunnelPlan plan)
    {
        var keepsMark = ReloadRoutes.HasDefaults(_file) || _file.KillSwitch != KillSwitchMode.Off;
        if (PeerDifference.ToFile(_file.WgConfig.Change, _applied, _running, keepsMark, _host.Context.Arena) is { } change) Add(plan, TunnelStage.Configuration, "change the daemon's configuration", change);
    }

    /// <summary>Behind everything else: what has failed by then has cost no session.</summary>
    private void AddRemoval(TunnelPlan plan)
    {
        if (PeerDifference.Removal(_file.WgConfig.Change, _running) is { } change) Add(plan, TunnelStage.PostUp, "remove peers", change);
    }

    private void Add(TunnelPlan plan, TunnelStage stage, string name, DeviceChange change)
    {
        var back = PeerDifference.Reverse(change, _running, _host.Context.Arena);
        _changes.Add(change);
        _changes.Add(back);
        plan.Add(stage, name, host => Apply(host, change), host => Apply(host, back));
    }

    private static void Apply(TunnelHost host, DeviceChange change) =>
        host.Act($"pfsvpn set {host.Interface} {Describe(change)}", () => DeviceAccess.Apply(host.Context, host.Interface, change));

    /// <summary>What a change changes, without secrets.</summary>
    private static string Describe(DeviceChange change)
    {
        var words = new List<string>();
        if (change.PrivateKey is not null) words.Add("private-key ...");
        if (change.ListenPort is { } port) words.Add($"listen-port {port}");
        if (change.FirewallMark is { } mark) words.Add($"fwmark {mark}");
        if (change.BindDevice is { } device) words.Add($"bind-device \"{device}\"");
        if (change.BindAddresses is { } addresses) words.Add($"bind-address \"{addresses}\"");
        if (change.RekeyAfterSeconds is { } seconds) words.Add($"rekey-after-time {seconds}");
        if (change.RekeyAfterBytes is { } bytes) words.Add($"rekey-after-bytes {bytes}");
        foreach (var peer in change.Peers)
        {
            words.Add($"peer {peer.PublicKey}");
            if (peer.Remove) words.Add("remove");
            if (peer.PresharedKey is not null) words.Add("preshared-key ...");
            if (peer.Name is { } name) words.Add($"name \"{name}\"");
            if (peer.Endpoint is { } endpoint) words.Add($"endpoint {NativeResolver.Format(endpoint)}");
            if (peer.PersistentKeepalive is { } keepalive) words.Add($"persistent-keepalive {keepalive}");
            if (peer.RekeyAfterSeconds is { } time) words.Add($"rekey-after-time {time}");
            if (peer.RekeyAfterBytes is { } limit) words.Add($"rekey-after-bytes {limit}");
            if (peer.ReplaceAllowedIps) words.Add("allowed-ips " + string.Join(',', peer.AllowedIps.Select(static allowed => $"{NativeResolver.Format(allowed.Prefix.Address)}/{allowed.Prefix.Length}")));
        }
        return string.Join(' ', words);
    }

    /// <summary>Whether what only down and the attendant look at is as it was.</summary>
    private bool IsSameHooks() => _applied is { } applied
        && applied.PreDown.SequenceEqual(_file.PreDown, StringComparer.Ordinal) && applied.PostDown.SequenceEqual(_file.PostDown, StringComparer.Ordinal) && applied.KillSwitch == _file.KillSwitch
        && AttendPlan.Of(applied, "").IsSameAs(AttendPlan.Of(_file, ""));
}
