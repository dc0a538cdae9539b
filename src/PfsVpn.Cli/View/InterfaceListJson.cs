using System.Text.Json;

namespace PfsVpn.Cli.View;

/// <summary>The names of all interfaces as JSON: docs/json.md describes it, docs/schema/interfaces.json is its schema.</summary>
internal static class InterfaceListJson
{
    /// <summary>Changes where a member changes its meaning or goes.</summary>
    public const int Schema = 1;

    /// <summary>The object.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<string> names)
    {
        json.WriteStartObject();
        json.WriteNumber("schema", Schema);
        json.WriteStartArray("interfaces");
        foreach (var name in names) json.WriteStringValue(name);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
