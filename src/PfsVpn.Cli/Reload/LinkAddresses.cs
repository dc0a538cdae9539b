using System.Text.Json;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Reload;

/// <summary>The addresses of a running interface, and the steps from them to those of a file.</summary>
internal static class LinkAddresses
{
    /// <summary>Adds the step where there is a difference.</summary>
    public static void AddTo(TunnelPlan plan, TunnelHost host, IReadOnlyList<string> wanted)
    {
        var target = wanted.Select(Normal).Distinct(StringComparer.Ordinal).ToList();
        // The kernel gives every link that is up a link-local address.
        var running = Read(host).Where(address => target.Contains(address, StringComparer.Ordinal) || !address.StartsWith("fe80:", StringComparison.OrdinalIgnoreCase)).ToList();
        if (target.ToHashSet(StringComparer.Ordinal).SetEquals(running)) return;
        plan.Add(
            TunnelStage.Address,
            $"change the addresses to {(target.Count == 0 ? "none" : string.Join(", ", target))}",
            inner => Change(inner, running, target),
            inner => Change(inner, [.. Read(inner).Intersect(target, StringComparer.Ordinal).Union(running, StringComparer.Ordinal)], running));
    }

    /// <summary>The addresses with their prefix lengths.</summary>
    private static List<string> Read(TunnelHost host)
    {
        var text = host.Query("ip", "-j", "address", "show", "dev", host.Interface).Output;
        if (text.Length == 0) return [];
        var found = new List<string>();
        using var json = JsonDocument.Parse(text);
        foreach (var link in json.RootElement.EnumerateArray())
        {
            if (!link.TryGetProperty("addr_info", out var addresses)) continue;
            foreach (var address in addresses.EnumerateArray())
                found.Add(Normal($"{address.GetProperty("local").GetString()}/{address.GetProperty("prefixlen").GetInt32()}"));
        }
        return found;
    }

    /// <summary>New ones first: with its last IPv4 address a link loses its routes.</summary>
    private static void Change(TunnelHost host, List<string> from, List<string> to)
    {
        var routes = Routes(host);
        // Without this the kernel deletes all addresses of a network with the first of it. Where it cannot be set they are added again.
        if (!host.DryRun) host.Query("sysctl", "-q", $"net.ipv4.conf.{host.Interface}.promote_secondaries=1");
        foreach (var address in to.Except(from, StringComparer.Ordinal)) host.Run("ip", TunnelLink.FamilyOf(address), "address", "add", address, "dev", host.Interface);
        foreach (var address in from.Except(to, StringComparer.Ordinal)) host.Run("ip", TunnelLink.FamilyOf(address), "address", "delete", address, "dev", host.Interface);
        if (host.DryRun) return;
        foreach (var address in to.Except(Read(host), StringComparer.Ordinal)) host.Run("ip", TunnelLink.FamilyOf(address), "address", "add", address, "dev", host.Interface);
        foreach (var route in routes.Except(Routes(host), StringComparer.Ordinal)) host.Run("ip", ["-4", "route", "add", .. route.Split(' ', StringSplitOptions.RemoveEmptyEntries), "dev", host.Interface]);
    }

    /// <summary>The IPv4 routes of the interface that the kernel did not make by itself, in the words of `ip route add`.</summary>
    private static List<string> Routes(TunnelHost host) =>
    [
        .. host.Query("ip", "-4", "route", "show", "table", "all", "dev", host.Interface).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static line => line.Trim()).Where(static line => !line.Contains("proto kernel", StringComparison.Ordinal)),
    ];

    /// <summary>One form for each address: what is not written as one is left as it is, and `ip` will say what it thinks of it.</summary>
    private static string Normal(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (!IpAddress.TryParse(slash < 0 ? text : text.AsSpan(0, slash), out var address)) return text;
        return slash < 0 ? $"{NativeResolver.Format(address)}/{address.BitLength}" : $"{NativeResolver.Format(address)}{text[slash..]}";
    }
}
