using System.Text.Json;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Doctor;

/// <summary>A network device.</summary>
/// <param name="IsUp">Whether it is turned on.</param>
/// <param name="Addresses">Its addresses, without those of the link.</param>
/// <param name="Mtu">Bytes of the largest packet, or null where that is not known.</param>
internal sealed record LinkState(bool IsUp, IReadOnlyList<IpAddress> Addresses, int? Mtu)
{
    /// <summary>As <c>ip address</c> of Linux says it; null where there is none.</summary>
    public static LinkState? Ask(ILinuxProbe probe, string name)
    {
        var result = probe.Run("ip", "-j", "address", "show", "dev", name);
        return result.Succeeded ? Read(result.Output) : null;
    }

    private static LinkState Read(string output)
    {
        var unknown = new LinkState(false, [], null);
        try
        {
            using var json = JsonDocument.Parse(output);
            var link = json.RootElement.EnumerateArray().FirstOrDefault(static entry => entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("ifname", out _));
            if (link.ValueKind != JsonValueKind.Object) return unknown;
            var isUp = link.GetProperty("flags").EnumerateArray().Any(static flag => flag.GetString() == "UP");
            var addresses = new List<IpAddress>();
            foreach (var entry in link.GetProperty("addr_info").EnumerateArray().Where(static entry => entry.GetProperty("scope").GetString() != "link"))
                if (IpAddress.TryParse(entry.GetProperty("local").GetString(), out var address)) addresses.Add(address);
            return new LinkState(isUp, addresses, link.TryGetProperty("mtu", out var mtu) ? mtu.GetInt32() : null);
        }
        catch (Exception malformed) when (malformed is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return unknown;
        }
    }
}
