using PfsVpn.Cli.Input;
using PfsVpn.Cli.Provision;

namespace PfsVpn.Cli.Service;

/// <summary>Installs the units and enables a tunnel's, all of it or nothing. Run twice it changes nothing the second time.</summary>
internal sealed class ServiceInstaller(CliContext context, ServiceTree tree, string program, Action<string> say)
{
    private readonly Systemctl _systemctl = new(context.Commands);

    /// <summary>Installs.</summary>
    /// <param name="tunnel">The name of a tunnel, or the path of its file; null for none.</param>
    /// <param name="metrics">Whether metrics of all tunnels are served, too.</param>
    /// <param name="now">Whether it is started at once.</param>
    /// <exception cref="CliException">It cannot be done; all is as it was.</exception>
    public void Install(string? tunnel, bool metrics, bool now)
    {
        if (now && !tree.IsManaged) throw new CliException(tree.Root.Length != 0 ? "--now is for this system, not for a tree: leave --root or --now out" : "systemd does not run here, so nothing can be started: leave --now out, or use pfsvpn up");
        if (tree.Root.Length == 0 && !File.Exists(program)) throw new CliException($"{program}: there is no such program; install pfsvpn first, for example to /usr/local/bin");
        var name = tunnel is null ? null : NameOf(tunnel);
        if (name is not null) RefuseOtherOwner(name);
        using var changes = new ServiceChanges(say);
        if (name is not null) Provide(changes, tunnel!, name);
        List<(string Unit, string Template, string[] WantedBy)> wanted = [];
        if (name is not null) wanted.AddRange([(UnitFile.Target, UnitFile.Target, ["multi-user.target"]), (UnitFile.TunnelOf(name), UnitFile.Tunnel, ["multi-user.target", UnitFile.Target])]);
        if (metrics) wanted.Add((UnitFile.Metrics, UnitFile.Metrics, ["multi-user.target"]));
        foreach (var (_, template, _) in wanted) WriteUnit(changes, template);
        if (tree.IsManaged) EnableByManager(changes, [.. wanted.Select(static one => one.Unit)]);
        else EnableByLinks(changes, wanted);
        if (now) Start(changes, [.. wanted.Select(static one => one.Unit).Where(static unit => unit != UnitFile.Target)]);
        if (!changes.Any) say("everything is installed already");
        changes.Keep();
    }

    private static string NameOf(string tunnel)
    {
        var name = TunnelName.NameOf(tunnel);
        if (Configuration.TunnelFile.IsInterfaceName(name) && name.All(static letter => letter is not ('=' or '+'))) return name;
        throw new CliException($"{tunnel}: a service is named after its interface: 1 to 15 letters, digits or _.-");
    }

    private void RefuseOtherOwner(string name)
    {
        foreach (var other in (ReadOnlySpan<string>)[$"wg-quick@{name}.service", $"pfsvpnd@{name}.service"])
        {
            if (tree.LinksOf(other).Count != 0)
                throw new CliException($"{other} is enabled for the same interface. Either keep it, or run: systemctl disable --now {other[..^".service".Length]}   and this command again");
        }
    }

    /// <summary>Sees that the tunnel's file is where the unit reads it, and that it can be used.</summary>
    private void Provide(ServiceChanges changes, string tunnel, string name)
    {
        var place = $"{tree.Tunnels}/{name}.conf";
        var source = TunnelFileReader.IsFile(tunnel) ? Path.GetFullPath(tunnel) : place;
        if (!File.Exists(source)) throw new CliException($"{source}: there is no such file; pfsvpn new makes one");
        using (TunnelFileReader.Read(context, source))
        {
            // What is wrong with it is said with file, line and key.
        }
        if (source == Path.GetFullPath(place)) return;
        if (File.Exists(place))
        {
            if (SecretFile.AreEqual(source, place)) return;
            throw new CliException($"{place}: there is another file of this name; it is left as it is. Move one of the two away, or install {name}");
        }
        changes.MakeFolder(tree.Tunnels);
        SecretFile.Copy(source, place);
        changes.Done(() => File.Delete(place));
        say($"copied {source} to {place}, readable for root only. That is the file that counts from now on");
    }

    private void WriteUnit(ServiceChanges changes, string unit)
    {
        var path = tree.UnitPath(unit);
        var text = UnitFile.Compose(unit, program);
        if (!File.Exists(path))
        {
            if (tree.PackagedUnit(unit) is null) changes.WriteFile(path, text);
            return;
        }
        var present = File.ReadAllText(path);
        if (present == text) return;
        if (!UnitFile.IsOurs(unit, present))
        {
            say($"{path} is not of this command, or was changed: it is used as it is");
            return;
        }
        changes.WriteFile(path, text);
    }

    private void EnableByManager(ServiceChanges changes, string[] units)
    {
        if (changes.Any)
        {
            _systemctl.Reload();
            changes.Done(_systemctl.Reload);
        }
        string[] missing = [.. units.Where(unit => tree.LinksOf(unit).Count == 0)];
        if (missing.Length == 0) return;
        changes.Done(() => _systemctl.Disable(missing));
        _systemctl.Enable(missing);
        say($"enabled {string.Join(", ", missing)}");
    }

    private void EnableByLinks(ServiceChanges changes, List<(string Unit, string Template, string[] WantedBy)> wanted)
    {
        if (tree.Root.Length == 0) say("systemd does not run here: the links are made without it, for when it does");
        foreach (var (unit, template, wantedBy) in wanted)
        {
            foreach (var other in wantedBy) changes.Link(tree.LinkPath(unit, other), tree.LinkTarget(template));
        }
    }

    private void Start(ServiceChanges changes, string[] units)
    {
        foreach (var unit in units)
        {
            if (_systemctl.State(unit) == "active") continue;
            changes.Done(() => _systemctl.Stop(unit));
            try
            {
                _systemctl.Start(unit);
            }
            catch (CliException failure)
            {
                throw new CliException($"{failure.Message}. More about it: journalctl -u {unit}");
            }
            say($"started {unit}");
        }
    }
}
