using System.Text.Json;
using PfsVpn.Cli.Control;

namespace PfsVpn.Cli.View;

/// <summary>One interface as JSON: what <c>get=1</c> says, and what <c>status=1</c> adds where the daemon has it. Never a secret: only whether there is one.</summary>
/// <remarks>
/// docs/json.md describes it, docs/schema/show.json is its schema. A member that the daemon does not tell is absent; one that it tells to be none is null.
/// Members of the status are handed on as they are, so that a new one of the daemon is there without another change; a test fails until the schema has it.
/// </remarks>
internal sealed class InterfaceJson(Utf8JsonWriter json, DateTimeOffset now)
{
    /// <summary>Changes where a member changes its meaning or goes; new members do not change it.</summary>
    public const int Schema = 1;

    /// <summary>Members of the status that stand elsewhere: written from <c>get=1</c>, or in <c>secrecy --json</c>.</summary>
    private static readonly HashSet<string> NotHandedOn = new(StringComparer.Ordinal) { "schema", "interface", "public_key", "private_key", "listen_port", "fwmark", "bind_device", "bind_address", "secrecy", "peers" };

    /// <summary>The object.</summary>
    /// <param name="device">The answer to <c>get=1</c>.</param>
    /// <param name="status">The answer to <c>status=1</c>; null where the daemon knows no such thing.</param>
    /// <exception cref="ControlException">The status is not as it has to be.</exception>
    public void Write(RunningDevice device, JsonElement? status)
    {
        json.WriteStartObject();
        json.WriteNumber("schema", Schema);
        json.WriteString("interface", device.Name);
        var hasKey = device.PrivateKey is { IsZero: false };
        json.WriteString("public_key", hasKey ? device.PublicKey?.ToString() : null);
        json.WriteStartObject("private_key");
        json.WriteBoolean("present", hasKey);
        json.WriteEndObject();
        WriteNumber("listen_port", device.ListenPort);
        WriteNumber("fwmark", device.FirewallMark);
        json.WriteString("bind_device", device.BindDevice.Length == 0 ? null : device.BindDevice);
        json.WriteString("bind_address", device.BindAddresses.IsAny ? null : device.BindAddresses.ToString());
        WriteNumber("rekey_after_seconds", device.RekeyAfterSeconds);
        WriteNumber("rekey_after_bytes", device.RekeyAfterBytes);
        var told = StatusMembers.Of(status);
        HandOn(told.Top, NotHandedOn);
        if (told.Secrecy is { } secrecy) HandOn(secrecy, "exposure_seconds", "exposure_bytes");
        json.WriteStartArray("peers");
        var peers = new PeerJson(json, now);
        foreach (var peer in device.Peers) peers.Write(peer, told);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteNumber(string name, ulong number)
    {
        if (number == 0) json.WriteNull(name);
        else json.WriteNumber(name, number);
    }

    private void HandOn(JsonElement? from, HashSet<string> except)
    {
        if (from is not { } members) return;
        foreach (var member in members.EnumerateObject())
            if (!except.Contains(member.Name)) member.WriteTo(json);
    }

    private void HandOn(JsonElement from, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (!from.TryGetProperty(name, out var member)) continue;
            json.WritePropertyName(name);
            member.WriteTo(json);
        }
    }
}
