using System.Globalization;
using System.Text.Json;
using PfsVpn.Cli.Input;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Doctor;

/// <summary>What files and programs of Linux say of devices, ways, ports and name servers.</summary>
internal static class LinuxAnswers
{
    /// <summary>A device, as <c>ip address</c> says it; null where there is none.</summary>
    public static LinkState? Link(ILinuxProbe probe, string name)
    {
        var result = probe.Run("ip", "-j", "address", "show", "dev", name);
        return result.Succeeded ? ReadLink(result.Output) : null;
    }

    /// <summary>Which way packets take, as <c>ip route get</c> says it.</summary>
    public static RouteAnswer Route(ILinuxProbe probe, IpAddress address, uint mark)
    {
        string[] words = ["-j", "route", "get", address.ToString(), .. mark == 0 ? Array.Empty<string>() : ["mark", mark.ToString(CultureInfo.InvariantCulture)]];
        var result = probe.Run("ip", words);
        return result.Succeeded ? ReadRoute(result.Output) : new RouteAnswer(null, null, result.Error.Replace("RTNETLINK answers: ", "", StringComparison.Ordinal).Trim());
    }

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
            return Prefixes.AddressesOf((probe.Text(LinuxWords.Instance.NameServers) ?? "").Split('\n').Select(static line => line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
                .Where(static words => words is ["nameserver", _, ..]).Select(static words => words[1]));
        }
        var result = probe.Run("resolvectl", "dns", device);
        return result.Succeeded ? Prefixes.AddressesOf(result.Output.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)) : [];
    }

    private static LinkState ReadLink(string output)
    {
        var unknown = new LinkState(false, [], null);
        try
        {
            using var json = JsonDocument.Parse(output);
            var link = json.RootElement.EnumerateArray().FirstOrDefault(static entry => entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("ifname", out _));
            if (link.ValueKind != JsonValueKind.Object) return unknown;
            var isUp = link.GetProperty("flags").EnumerateArray().Any(static flag => flag.GetString() == "UP");
            var addresses = link.GetProperty("addr_info").EnumerateArray().Where(static entry => entry.GetProperty("scope").GetString() != "link").Select(static entry => entry.GetProperty("local").GetString() ?? "");
            return new LinkState(isUp, Prefixes.AddressesOf(addresses), link.TryGetProperty("mtu", out var mtu) ? mtu.GetInt32() : null);
        }
        catch (Exception malformed) when (malformed is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return unknown;
        }
    }

    private static RouteAnswer ReadRoute(string output)
    {
        try
        {
            using var json = JsonDocument.Parse(output);
            var route = json.RootElement[0];
            if (Text(route, "type") is "unreachable" or "blackhole" or "prohibit" or "throw") return new RouteAnswer(null, null, $"a route of type {Text(route, "type")}");
            return new RouteAnswer(Text(route, "dev"), Text(route, "gateway"), "");
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or IndexOutOfRangeException)
        {
            return new RouteAnswer(null, null, "the answer of ip route get cannot be read");
        }
    }

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
