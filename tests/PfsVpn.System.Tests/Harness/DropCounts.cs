using System.Text.Json;

namespace PfsVpn.SystemTests.Harness;

/// <summary>The drops that pfsvpnd counts, out of its status.</summary>
public static class DropCounts
{
    /// <summary>How many packets were dropped for a reason; 0 where the reason is not listed.</summary>
    public static async Task<long> OfAsync(TunnelEnd end, string reason) => (await AllAsync(end)).GetValueOrDefault(reason);

    /// <summary>All counts by the name of the reason.</summary>
    public static async Task<IReadOnlyDictionary<string, long>> AllAsync(TunnelEnd end)
    {
        var status = await ControlSocket.StatusAsync(end.Interface);
        if (!status.TryGetProperty("drops", out var drops) || drops.ValueKind != JsonValueKind.Object)
            throw new InvalidOperationException($"the status of {end} has no object \"drops\": {status}");
        return drops.EnumerateObject().ToDictionary(drop => drop.Name, drop => drop.Value.GetInt64(), StringComparer.OrdinalIgnoreCase);
    }
}
