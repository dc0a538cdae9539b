using PfsVpn.Packets;

namespace PfsVpn.Cli.Doctor;

/// <summary>What files and programs of Linux say of ports and name servers.</summary>
internal static class LinuxAnswers
{
    /// <summary>Who has a UDP port, as <c>ss</c> says it.</summary>
    public static (string? Holder, string? Unseen) PortHolder(ILinuxProbe probe, ushort port)
    {
        var result = probe.Run("ss", "-Hulnp", "sport", "=", $":{port}");
        if (!result.Succeeded) return (null, "the program ss (iproute2) is missing");
        if (result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() is not { } holder) return (null, null);
        var start = holder.IndexOf("((\"", StringComparison.Ordinal);
        return (start < 0 ? "another program" : holder[(start + 3)..].Split('"')[0], null);
    }

    /// <summary>Those of /etc/resolv.conf, or what systemd-resolved has for a device.</summary>
    public static IReadOnlyList<IpAddress> NameServers(ILinuxProbe probe, string? device)
    {
        if (device is null)
        {
            return Addresses((probe.Text(LinuxWords.Instance.NameServers) ?? "").Split('\n').Select(static line => line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
                .Where(static words => words is ["nameserver", _, ..]).Select(static words => words[1]));
        }
        var result = probe.Run("resolvectl", "dns", device);
        return result.Succeeded ? Addresses(result.Output.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)) : [];
    }

    private static List<IpAddress> Addresses(IEnumerable<string> texts)
    {
        var found = new List<IpAddress>();
        foreach (var text in texts)
            if (IpAddress.TryParse(text, out var address)) found.Add(address);
        return found;
    }
}
