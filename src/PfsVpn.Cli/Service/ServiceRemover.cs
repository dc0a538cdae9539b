namespace PfsVpn.Cli.Service;

/// <summary>Stops and disables a tunnel's unit, and takes the units away that <see cref="ServiceInstaller"/> wrote once nothing uses them. Tunnels' files stay.</summary>
internal sealed class ServiceRemover(CliContext context, ServiceTree tree, Action<string> say)
{
    private readonly Systemctl _systemctl = new(context.Commands);

    /// <summary>Removes. What is not there needs no removing.</summary>
    /// <param name="name">The interface, or null for none.</param>
    /// <param name="metrics">Whether metrics are ended, too.</param>
    /// <exception cref="CliException">It cannot be done; files and links are as they were.</exception>
    public void Remove(string? name, bool metrics)
    {
        using var changes = new ServiceChanges(say);
        if (name is not null) End(changes, UnitFile.TunnelOf(name));
        if (metrics) End(changes, UnitFile.Metrics);
        if (tree.EnabledInstances("pfsvpn@").Count == 0)
        {
            End(changes, UnitFile.Target);
            RemoveUnit(changes, UnitFile.Tunnel);
            RemoveUnit(changes, UnitFile.Target);
        }
        if (tree.LinksOf(UnitFile.Metrics).Count == 0) RemoveUnit(changes, UnitFile.Metrics);
        if (tree.IsManaged && changes.Any) _systemctl.Reload();
        if (!changes.Any) say("nothing of it is installed");
        else if (name is not null) say($"{tree.Tunnels}/{name}.conf was left where it is");
        changes.Keep();
    }

    private void End(ServiceChanges changes, string unit)
    {
        var links = tree.LinksOf(unit);
        if (tree.IsManaged && _systemctl.State(unit) is not ("inactive" or "unknown"))
        {
            _systemctl.Stop(unit);
            changes.Done(static () => { });
            say($"stopped {unit}");
        }
        foreach (var link in links) changes.Unlink(link);
    }

    private void RemoveUnit(ServiceChanges changes, string unit)
    {
        var path = tree.UnitPath(unit);
        if (!File.Exists(path)) return;
        if (UnitFile.IsOurs(unit, File.ReadAllText(path))) changes.RemoveFile(path);
        else say($"{path} is not of this command, or was changed: it was left");
    }
}
