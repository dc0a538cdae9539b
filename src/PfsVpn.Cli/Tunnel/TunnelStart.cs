using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Control;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Tunnel;

/// <summary>The moment in which the interface is up: the daemon hears of it and opens its UDP port. Until then it drops what is sent.</summary>
internal static class TunnelStart
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Returns when the daemon listens, so that the first packet after <c>up</c> is not lost.</summary>
    /// <exception cref="CliException">The port is taken.</exception>
    public static void Await(TunnelHost host)
    {
        if (host.DryRun) return;
        try
        {
            // Another daemon does not say; nobody waits for it.
            if (host.WaitUntil(() => LinkReadiness.IsUp(host.Context, host.Interface) ?? true, Patience, LinkReadiness.Pause)) return;
        }
        catch (ControlException)
        {
            // It is gone: what comes next says so.
            return;
        }
        ushort port;
        using (var device = DeviceAccess.Read(host.Context, host.Interface)) port = device.ListenPort;
        if (Refusal(host, port) is not { } refused) return;
        if (refused.Errno == NativeFile.EADDRINUSE) throw new CliException($"UDP port {port} is taken by another program or tunnel: {refused.Message}. Free it, or set another ListenPort");
        host.Say($"Warning: {host.Interface} cannot listen yet: {refused.Message}. It will when what it is bound to is there.");
    }

    /// <summary>What the daemon says when it is asked to listen once more; null where it does.</summary>
    private static ControlException? Refusal(TunnelHost host, ushort port)
    {
        using var change = new DeviceChange { ListenPort = port };
        try
        {
            ChangeWriter.Apply(host.Context, host.Interface, change);
            return null;
        }
        catch (ControlException refused)
        {
            return refused;
        }
    }
}
