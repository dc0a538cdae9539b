using System.Globalization;
using System.Text.Json;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Doctor;

/// <summary>Which way packets to an address take.</summary>
/// <param name="Device">The device, or null where there is no way.</param>
/// <param name="Gateway">The next host, or null where the address is on the link, or this is not known.</param>
/// <param name="Error">Why there is no way.</param>
internal sealed record RouteAnswer(string? Device, string? Gateway, string Error)
{
    /// <summary>The device of what stays on this host.</summary>
    public const string ThisHost = "lo";

    /// <summary>As <c>ip route get</c> of Linux says it.</summary>
    public static RouteAnswer Ask(ILinuxProbe probe, IpAddress address, uint mark)
    {
        string[] words = ["-j", "route", "get", address.ToString(), .. mark == 0 ? Array.Empty<string>() : ["mark", mark.ToString(CultureInfo.InvariantCulture)]];
        var result = probe.Run("ip", words);
        if (!result.Succeeded) return new RouteAnswer(null, null, result.Error.Replace("RTNETLINK answers: ", "", StringComparison.Ordinal).Trim());
        try
        {
            using var json = JsonDocument.Parse(result.Output);
            var route = json.RootElement[0];
            if (Text(route, "type") is "unreachable" or "blackhole" or "prohibit" or "throw") return new RouteAnswer(null, null, $"a route of type {Text(route, "type")}");
            return new RouteAnswer(Text(route, "dev"), Text(route, "gateway"), "");
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or IndexOutOfRangeException)
        {
            return new RouteAnswer(null, null, "the answer of ip route get cannot be read");
        }
    }

    /// <summary>The way in words.</summary>
    public override string ToString() => Device is null ? "nowhere" : Device == ThisHost ? "on this host" : Gateway is null ? $"by {Device}" : $"by {Device} over {Gateway}";

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
