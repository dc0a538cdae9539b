using System.Text.Json;
using System.Text.RegularExpressions;

namespace PfsVpn.Tests.Cli.View;

/// <summary>
/// Checks a value against a JSON Schema (draft 2020-12), of which it knows the words that docs/schema uses. A word that it does not know is an error: a rule that
/// nobody checks would only look like one.
/// </summary>
/// <remarks>References: https://json-schema.org/draft/2020-12/json-schema-validation.</remarks>
internal sealed class JsonSchema(JsonElement root)
{
    private static readonly string[] Notes = ["$schema", "$defs", "title", "description"];

    /// <summary>One of the schemas in docs/schema.</summary>
    public static JsonSchema Load(string name) => new(JsonElement.Parse(File.ReadAllText(Path.Combine(Architecture.SourceFile.Root, "docs", "schema", name + ".json"))));

    /// <summary>What is wrong with a value, with the place of each; empty for nothing.</summary>
    public IReadOnlyList<string> Check(JsonElement value)
    {
        var wrong = new List<string>();
        Check(root, value, "$", wrong);
        return wrong;
    }

    private void Check(JsonElement schema, JsonElement value, string place, List<string> wrong)
    {
        foreach (var word in schema.EnumerateObject())
        {
            var complaint = word.Name switch
            {
                "$ref" => Follow(word.Value.GetString()!, value, place, wrong),
                "type" => Types(word.Value).Any(type => IsOf(type, value)) ? null : $"is {value.ValueKind} and no {word.Value}",
                "const" => JsonElement.DeepEquals(word.Value, value) ? null : $"is {value} and not {word.Value}",
                "enum" => word.Value.EnumerateArray().Any(one => JsonElement.DeepEquals(one, value)) ? null : $"is {value}, which is none of the words",
                "minimum" => value.ValueKind != JsonValueKind.Number || value.GetDouble() >= word.Value.GetDouble() ? null : $"is {value}, less than {word.Value}",
                "pattern" => value.ValueKind != JsonValueKind.String || Regex.IsMatch(value.GetString()!, word.Value.GetString()!, RegexOptions.None, TimeSpan.FromSeconds(1)) ? null : $"is {value}, not {word.Value}",
                "required" => value.ValueKind != JsonValueKind.Object ? null : Missing(word.Value, value),
                "items" => CheckAll(word.Value, value, place, wrong),
                "properties" or "additionalProperties" or "propertyNames" => null,
                _ => Notes.Contains(word.Name, StringComparer.Ordinal) ? null : $"the schema has a word that is not checked: {word.Name}",
            };
            if (complaint is not null) wrong.Add($"{place} {complaint}");
        }
        if (value.ValueKind == JsonValueKind.Object) CheckMembers(schema, value, place, wrong);
    }

    private void CheckMembers(JsonElement schema, JsonElement value, string place, List<string> wrong)
    {
        foreach (var member in value.EnumerateObject())
        {
            var where = $"{place}.{member.Name}";
            if (schema.TryGetProperty("propertyNames", out var names)) Check(names, JsonElement.Parse($"\"{JsonEncodedText.Encode(member.Name)}\""), where + " (its name)", wrong);
            if (schema.TryGetProperty("properties", out var known) && known.TryGetProperty(member.Name, out var own)) Check(own, member.Value, where, wrong);
            else if (!schema.TryGetProperty("additionalProperties", out var others)) continue;
            else if (others.ValueKind == JsonValueKind.False) wrong.Add($"{where} is not documented");
            else if (others.ValueKind == JsonValueKind.Object) Check(others, member.Value, where, wrong);
        }
    }

    private string? Follow(string reference, JsonElement value, string place, List<string> wrong)
    {
        var target = root;
        foreach (var step in reference.Split('/').Skip(1)) target = target.GetProperty(step);
        Check(target, value, place, wrong);
        return null;
    }

    private string? CheckAll(JsonElement schema, JsonElement value, string place, List<string> wrong)
    {
        if (value.ValueKind != JsonValueKind.Array) return null;
        var index = 0;
        foreach (var item in value.EnumerateArray()) Check(schema, item, $"{place}[{index++}]", wrong);
        return null;
    }

    private static string? Missing(JsonElement names, JsonElement value)
    {
        var missing = names.EnumerateArray().Select(static name => name.GetString()!).Where(name => !value.TryGetProperty(name, out _)).ToList();
        return missing.Count == 0 ? null : $"lacks {string.Join(", ", missing)}";
    }

    private static IEnumerable<string> Types(JsonElement type) => type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(static one => one.GetString()!) : [type.GetString()!];

    private static bool IsOf(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && double.IsInteger(value.GetDouble()),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };
}
