using System.Text.Json;
using PfsVpn.Cli.Output;

namespace PfsVpn.Cli.Control;

/// <summary>Asks a daemon for its status (<c>status=1</c>) and takes what it says about its keys.</summary>
/// <remarks>Members that are not known are skipped: newer daemons may say more.</remarks>
internal static class SecrecyReader
{
    /// <summary>The <c>secrecy</c> object as the daemon wrote it, on one line.</summary>
    /// <exception cref="ControlException">The interface cannot be reached, or its daemon does not say.</exception>
    public static string ReadText(CliContext context, string name) => Ask(context, name).GetRawText();

    /// <summary>The <c>secrecy</c> object, read.</summary>
    /// <exception cref="ControlException">The interface cannot be reached, or its daemon does not say, or says nonsense.</exception>
    public static SecrecyState Read(CliContext context, string name)
    {
        var json = Ask(context, name);
        try
        {
            return ToState(json);
        }
        catch (Exception malformed) when (malformed is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw StatusReader.Nonsense(malformed.Message);
        }
    }

    private static JsonElement Ask(CliContext context, string name)
    {
        var status = StatusReader.TryRead(context, name)
            ?? throw new ControlException(NativeFile.EPROTO, "its daemon says nothing about its keys: it is another one than pfsvpnd, or older than this program");
        return status.TryGetProperty("secrecy", out var secrecy)
            ? secrecy
            : throw new ControlException(NativeFile.EPROTO, "its daemon says nothing about its keys: it is older than this program");
    }

    private static SecrecyState ToState(JsonElement json) => new(
        Text(json, "interface")!,
        Number(json, "exposure_seconds"),
        json.GetProperty("exposure_bytes").GetUInt64(),
        json.GetProperty("keys").GetProperty("Keypair").GetProperty("alive").GetInt64(),
        Number(json, "worst_outliving_ms"),
        json.GetProperty("protections") is { ValueKind: JsonValueKind.Array } protections ? List(protections, ToProtection) : null,
        List(json.GetProperty("peers"), ToPeer),
        json.GetProperty("peers_without_keys").GetInt64(),
        List(json.GetProperty("latest_ends"), ToEnd));

    private static SecrecyProtection ToProtection(JsonElement json) =>
        new(Text(json, "name")!, json.GetProperty("holds").GetBoolean(), Text(json, "detail") ?? "", Text(json, "remedy"));

    private static SecrecyPeer ToPeer(JsonElement json) => new(
        Text(json, "public_key")!,
        json.TryGetProperty("name", out _) ? Text(json, "name") : null,
        Number(json, "exposure_seconds"),
        json.GetProperty("exposure_bytes").GetUInt64(),
        List(json.GetProperty("keypairs"), ToKeypair),
        json.GetProperty("handshake") is { ValueKind: JsonValueKind.Object } handshake ? Number(handshake, "unanswered_seconds") : null,
        json.GetProperty("keypairs_made").GetInt64(),
        json.GetProperty("keypairs_erased").GetInt64(),
        Number(json, "worst_outliving_ms"),
        [.. json.GetProperty("erased_by_reason").EnumerateObject().Select(static reason => (PrintableText.Of(reason.Name), reason.Value.GetInt64()))]);

    private static SecrecyKeypair ToKeypair(JsonElement json) => new(
        Text(json, "role")!,
        Number(json, "age_seconds"),
        json.GetProperty("bytes").GetUInt64(),
        json.GetProperty("confirmed").GetBoolean(),
        Number(json, "ends_in_seconds"),
        OptionalNumber(json, "rekey_in_seconds"));

    private static SecrecyEnd ToEnd(JsonElement json) => new(
        Text(json, "kind")!, Text(json, "peer"), Text(json, "reason")!, Number(json, "erased_seconds_ago"), Number(json, "lived_seconds"), Number(json, "outlived_ms"));

    private static List<T> List<T>(JsonElement array, Func<JsonElement, T> convert) => [.. array.EnumerateArray().Select(convert)];

    private static double Number(JsonElement json, string name) => json.GetProperty(name).GetDouble();

    private static double? OptionalNumber(JsonElement json, string name) => json.GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString() is { } text ? PrintableText.Of(text) : null;
}
