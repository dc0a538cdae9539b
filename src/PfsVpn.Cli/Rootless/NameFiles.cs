using System.Text;

namespace PfsVpn.Cli.Rootless;

/// <summary>The files by which the C library finds hosts, as the program is to see them.</summary>
internal static class NameFiles
{
    /// <summary>Sources that ask nobody outside of the program's namespaces. The others ask a service of the host over a unix socket, which no network namespace holds back.</summary>
    private static readonly string[] OwnSources = ["files", "myhostname", "dns"];

    /// <summary>A resolv.conf.</summary>
    public static string ResolvConf(string tunnel, IReadOnlyList<string> servers, IReadOnlyList<string> search)
    {
        var text = new StringBuilder($"# of the tunnel {tunnel}, for the program that pfsvpn exec runs\n");
        foreach (var server in servers) text.Append("nameserver ").Append(server).Append('\n');
        if (search.Count > 0) text.Append("search ").AppendJoin(' ', search).Append('\n');
        return text.ToString();
    }

    /// <summary>An nsswitch.conf that leaves of the sources of hosts those that stay inside; null where it does already.</summary>
    public static string? NsSwitch(string text)
    {
        var lines = text.Split('\n');
        var changed = false;
        for (var index = 0; index < lines.Length; index++)
        {
            var bare = lines[index].Split('#')[0];
            if (!bare.TrimStart().StartsWith("hosts:", StringComparison.Ordinal)) continue;
            var words = bare[(bare.IndexOf(':', StringComparison.Ordinal) + 1)..].Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            var kept = words.Where(OwnSources.Contains).ToList();
            if (!kept.Contains("dns", StringComparer.Ordinal)) kept.Add("dns");
            if (words.SequenceEqual(kept, StringComparer.Ordinal)) continue;
            lines[index] = $"hosts: {string.Join(' ', kept)}";
            changed = true;
        }
        return changed ? string.Join('\n', lines) : null;
    }

    /// <summary>Whether all name servers of a resolv.conf are on the host itself, where the program cannot get: a stub of the host.</summary>
    public static bool IsOutOfReach(string resolvConf)
    {
        var servers = resolvConf.Split('\n').Select(static line => line.Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries))
            .Where(static words => words is ["nameserver", _, ..]).Select(static words => words[1]).ToList();
        return servers.TrueForAll(static server => server.StartsWith("127.", StringComparison.Ordinal) || server == "::1");
    }
}
