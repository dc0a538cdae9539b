using System.Text;

namespace PfsVpn.Cli.Service;

/// <summary>What is installed, a line each.</summary>
internal sealed class ServiceStatus(CliContext context, ServiceTree tree)
{
    private readonly Systemctl _systemctl = new(context.Commands);

    /// <summary>The whole text.</summary>
    public string Describe()
    {
        var text = new StringBuilder();
        if (!tree.IsManaged) text.Append(tree.Root.Length == 0 ? "systemd does not run here\n" : $"in {tree.Root}\n");
        foreach (var unit in (ReadOnlySpan<string>)[UnitFile.Tunnel, UnitFile.Target, UnitFile.Metrics]) text.Append($"{unit}: {Origin(unit)}\n");
        foreach (var name in tree.EnabledInstances("pfsvpn@"))
        {
            var file = $"{tree.Tunnels}/{name}.conf";
            text.Append($"{UnitFile.TunnelOf(name)}: enabled{State(UnitFile.TunnelOf(name))}, {file}{(File.Exists(file) ? "" : " IS MISSING")}\n");
            foreach (var other in (ReadOnlySpan<string>)["wg-quick@", "pfsvpnd@"])
            {
                if (tree.EnabledInstances(other).Contains(name, StringComparer.Ordinal)) text.Append($"  {other}{name} is enabled for the same interface: systemctl disable --now {other}{name}\n");
            }
        }
        return text.ToString();
    }

    private string Origin(string unit)
    {
        var enabled = unit != UnitFile.Tunnel && tree.LinksOf(unit).Count != 0 ? ", enabled" + State(unit) : "";
        var path = tree.UnitPath(unit);
        if (File.Exists(path)) return path + (UnitFile.IsOurs(unit, File.ReadAllText(path)) ? "" : ", changed by hand") + enabled;
        return tree.PackagedUnit(unit) is { } packaged ? $"{packaged}, of a package{enabled}" : "not installed";
    }

    private string State(string unit) => tree.IsManaged ? ", " + _systemctl.State(unit) : "";
}
