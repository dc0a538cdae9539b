using PfsVpn.Cli.Tunnel;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Attend;

/// <summary>The attendant's part in taking a tunnel up and down.</summary>
internal static class AttendSteps
{
    /// <summary>Adds the steps of up.</summary>
    /// <param name="plan">The plan of up.</param>
    /// <param name="file">The tunnel's file.</param>
    /// <param name="inForeground">Whether the program stays, and attends itself.</param>
    public static void AddTo(TunnelPlan plan, TunnelFile file, bool inForeground)
    {
        if (file.WgConfig.UnresolvedEndpoints.Count != 0)
            plan.Add(TunnelStage.Guard, "remember the name servers", static host => RememberServers(host), static host => ForgetServers(host));
        plan.Add(TunnelStage.Attendant, "remember what is in force", host => Remember(host, file.Path), Forget);
        if (!inForeground && !AttendPlan.Of(file, "").IsEmpty) plan.Add(TunnelStage.Attendant, "start the attendant", Start, End);
    }

    /// <summary>Adds the steps of down.</summary>
    public static void AddEndTo(TunnelPlan plan, TunnelHost host)
    {
        if (AttendantProcess.Find(host.Context, host.Interface) is not null) plan.Add(TunnelStage.AttendantEnd, "end the attendant", End);
        // Before the daemon ends: who stays in the foreground sees by this that it was meant to.
        plan.Add(TunnelStage.AttendantEnd, "forget what was in force", Forget);
    }

    /// <summary>Starts the attendant.</summary>
    public static void Start(TunnelHost host) => host.Act($"pfsvpn {AttendCommand.Word} {host.Interface} &", () => AttendantProcess.Start(host.Context, host.Interface));

    /// <summary>Ends the attendant where one runs.</summary>
    public static void End(TunnelHost host)
    {
        if (AttendantProcess.Find(host.Context, host.Interface) is { } process) host.Act($"kill {process} (the attendant)", () => AttendantProcess.End(host.Context, host.Interface));
    }

    /// <summary>Remembers that a file is in force.</summary>
    public static void Remember(TunnelHost host, string path)
    {
        if (!host.DryRun) AppliedFile.Remember(host.Context, host.Interface, path);
    }

    private static void RememberServers(TunnelHost host)
    {
        if (!host.DryRun) PastTunnelResolver.Remember(host.Context, host.Interface);
    }

    private static void ForgetServers(TunnelHost host)
    {
        if (!host.DryRun) new TunnelState(host.Context, host.Interface).Remove(PastTunnelResolver.StateItem);
    }

    /// <summary>Forgets it.</summary>
    public static void Forget(TunnelHost host)
    {
        if (host.DryRun) return;
        AttendantProcess.Forget(host.Context, host.Interface);
        AppliedFile.Forget(host.Context, host.Interface);
        ForgetServers(host);
    }
}
