namespace PfsVpn.Cli.Tunnel;

/// <summary>One step of taking a tunnel up or down.</summary>
/// <param name="Stage">When it runs.</param>
/// <param name="Name">What it does, as an infinitive for messages: "add the address 10.0.0.1/24".</param>
/// <param name="Do">
/// Does it, by <see cref="TunnelHost.Run(string, string[])"/> and <see cref="TunnelHost.Act"/>, which only print where nothing may be changed. It is asked when its turn has come, and looks at the
/// system then: hooks that ran before may have changed it.
/// </param>
/// <param name="Undo">
/// Takes it back; null where there is nothing to take back that a former step does not take with it. It runs also for the step that failed, which may have done its work in part or wholly,
/// so it looks at what is there, and never fails because something is not.
/// </param>
internal sealed record TunnelStep(TunnelStage Stage, string Name, Action<TunnelHost> Do, Action<TunnelHost>? Undo = null);
