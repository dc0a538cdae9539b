using PfsVpn.Cli;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Cli.Windows;
using PfsVpn.Cli.Windows.Network;
using PfsVpn.Configuration;
using PfsVpn.Tests.Cli.Tunnel;

namespace PfsVpn.Tests.Cli.Windows.Network;

/// <summary>A Windows machine that is not there, and a tunnel that is taken up and down on it.</summary>
internal sealed class WindowsWorld : IDisposable
{
    public const string Full = "[Interface]\nAddress = 10.7.0.2/24, fd07::2/64\nDNS = 10.7.0.1, fd07::1, lab.example\n#! KillSwitch = on\n#! KillSwitchAllow = 192.168.0.0/16\n";

    public static readonly string Peer = $"[Peer]\nPublicKey = {CannedDevices.Base64(1)}\nEndpoint = 198.51.100.7:51820\n";

    private readonly TunnelWorld _world;

    public WindowsWorld()
    {
        Parts = new WindowsParts
        {
            Network = Network,
            Filters = Filters,
            StartDaemon = host =>
            {
                Events.Add("daemon starts");
                if (DaemonFails) throw new CliException("it ended at once");
                Network.AddTunnel(HasV6);
                Daemon = new FakeDaemon(Context.ControlDirectory, host.Interface, "", errno: 0);
            },
            EndDaemon = _ =>
            {
                Events.Add("daemon ends");
                Kill();
            },
            DaemonPath = @"C:\PfsVpn\pfsvpnd.exe",
            ProgramPath = @"C:\PfsVpn\pfsvpn.exe",
            Patience = TimeSpan.FromSeconds(1),
            ScriptsAreAllowed = () => AllowsScripts,
            Scripts = (command, variables, say, _) =>
            {
                Events.Add($"{command} {variables["INTERFACE"]} {variables["MTU"]}".TrimEnd());
                say("    said");
                return command == FailingScript ? 3 : 0;
            },
        };
        _world = new TunnelWorld(plans: new WindowsPlans(Parts));
    }

    public FakeNetwork Network { get; } = new();

    public FakeFilters Filters { get; } = new();

    public FakeDaemon? Daemon { get; private set; }

    public WindowsParts Parts { get; }

    public bool AllowsScripts { get; set; }

    public bool DaemonFails { get; set; }

    public bool HasV6 { get; set; } = true;

    public string? FailingScript { get; set; }

    public List<string> Events { get; } = [];

    public FakeNames Names => _world.Names;

    public string Said => _world.Said;

    public CliContext Context => _world.Context;

    /// <summary>The lines of steps.</summary>
    public string[] Steps => [.. Said.Split('\n').Where(static line => line.StartsWith("[#] ", StringComparison.Ordinal)).Select(static line => line[4..])];

    public TunnelFile Parse(string text) => _world.Parse(text);

    public void Up(string text, bool dryRun = false) => TunnelTransaction.Run(WindowsUpPlanner.Plan(Parse(text), @"C:\wg0.conf", Parts), new TunnelHost(Context, "wg0", dryRun));

    public void Down(string text, bool lift = false, Action<TunnelHost>? save = null, bool dryRun = false)
    {
        var host = new TunnelHost(Context, "wg0", dryRun);
        TunnelTransaction.RunAll(WindowsDownPlanner.Plan(host, Parse(text), @"C:\wg0.conf", Parts, lift, save), host, DownPlanner.MayStop);
    }

    /// <summary>The daemon ends, and with it the adapter.</summary>
    public void Kill()
    {
        Daemon?.Dispose();
        Daemon = null;
        Network.RemoveTunnel();
    }

    public void Dispose()
    {
        Kill();
        _world.Dispose();
    }
}
