using PfsVpn.Cli.Attend;
using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Control;
using PfsVpn.Cli.Guard;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Tunnel;

/// <summary>The interface: its daemon, what the daemon is told, its addresses and its MTU.</summary>
internal static class TunnelLink
{
    /// <summary>The variable of wg-quick that names another daemon.</summary>
    private const string ImplementationVariable = "WG_QUICK_USERSPACE_IMPLEMENTATION";

    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(5), Pause = TimeSpan.FromMilliseconds(5);

    /// <summary>Adds the steps.</summary>
    public static void AddTo(TunnelPlan plan, TunnelFile file)
    {
        plan.Add(TunnelStage.Link, "start the daemon", Start, Delete);
        plan.Add(TunnelStage.Configuration, "configure the daemon", host => Configure(host, file));
        foreach (var address in file.Addresses)
            plan.Add(TunnelStage.Address, $"add the address {address}", host => host.Run("ip", FamilyOf(address), "address", "add", address, "dev", host.Interface));
        plan.Add(TunnelStage.Mtu, "set the MTU and the interface up", host =>
        {
            host.Run("ip", "link", "set", "mtu", $"{TunnelMtu.Find(host, file)}", "up", "dev", host.Interface);
            TunnelStart.Await(host);
        });
    }

    /// <summary>Whether an interface of this name exists, of whatever kind.</summary>
    public static bool Exists(TunnelHost host) => host.Query("ip", "link", "show", "dev", host.Interface) is { Succeeded: true, Output.Length: > 0 };

    /// <summary>Deletes the interface where it exists, and waits for the end of its daemon.</summary>
    public static void Delete(TunnelHost host)
    {
        if (Exists(host)) host.Run("ip", "link", "delete", "dev", host.Interface);
        if (host.DryRun) return;
        var socket = ControlSocket.PathOf(host.Context.ControlDirectory, host.Interface);
        if (host.WaitUntil(() => !File.Exists(socket), LongestEnd, Pause)) return;
        // A daemon that goes on without an interface ends when its socket is deleted.
        File.Delete(socket);
    }

    /// <summary>The option of <c>ip</c> for the family of an address or prefix.</summary>
    public static string FamilyOf(string address) => address.Contains(':', StringComparison.Ordinal) ? "-6" : "-4";

    private static void Start(TunnelHost host)
    {
        var program = FindDaemon(host.Context);
        // A daemon that logs goes on writing where this program does, long after it has returned.
        var logs = !string.IsNullOrEmpty(host.Context.Environment("LOG_LEVEL"));
        host.Run(new CommandRequest(program, [.. host.DaemonArguments, host.Interface]) { SharesStreams = logs, Environment = host.DaemonVariables });
    }

    private static string FindDaemon(CliContext context)
    {
        if (context.Environment(ImplementationVariable) is { Length: > 0 } named) return named;
        return OwnProgram.DaemonBeside(context) ?? context.Commands.Find(OwnProgram.Daemon) ?? throw new CliException($"{OwnProgram.Daemon} is neither in {context.ProgramDirectory} nor in PATH");
    }

    /// <summary>Tells the daemon what the file says, endpoints looked up and the private key fetched before.</summary>
    public static void Configure(TunnelHost host, TunnelFile file)
    {
        FirstLookup.Run(host, file);
        if (!host.DryRun) PrivateKeySource.Fill(host, file);
        host.Act($"pfsvpn setconf {host.Interface} {file.Path}", () =>
        {
            using (var running = DeviceAccess.Read(host.Context, host.Interface)) ConfigurationFile.KeepResets(file.WgConfig.Change, running);
            DeviceAccess.Apply(host.Context, host.Interface, file.WgConfig.Change);
        });
    }
}
