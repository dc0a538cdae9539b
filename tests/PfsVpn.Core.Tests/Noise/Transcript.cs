using System.Text.Json;
using System.Text.Json.Serialization;
using PfsVpn.Crypto;

namespace PfsVpn.Tests.Noise;

/// <summary>One handshake of Vectors/Noise/transcripts.json, made by another implementation (make_transcripts.py beside it).</summary>
internal sealed class Transcript
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        Converters = { new HexConverter() },
    };

    public required string Name { get; init; }
    public required byte[] InitiatorPrivate { get; init; }
    public required byte[] InitiatorPublic { get; init; }
    public required byte[] ResponderPrivate { get; init; }
    public required byte[] ResponderPublic { get; init; }
    public required byte[] InitiatorEphemeralPrivate { get; init; }
    public required byte[] ResponderEphemeralPrivate { get; init; }
    public required byte[] PresharedKey { get; init; }
    public required uint InitiatorIndex { get; init; }
    public required uint ResponderIndex { get; init; }
    public required long UnixSeconds { get; init; }
    public required long UnixNanoseconds { get; init; }
    public required byte[] StaticStatic { get; init; }
    public required byte[] InitialChainingKey { get; init; }
    public required byte[] InitialHash { get; init; }
    public required byte[] Timestamp { get; init; }
    public required byte[] InitiationChainingKey { get; init; }
    public required byte[] InitiationHash { get; init; }
    public required byte[] Initiation { get; init; }
    public required byte[] ResponseChainingKey { get; init; }
    public required byte[] ResponseHash { get; init; }
    public required byte[] Response { get; init; }

    [JsonPropertyName("t1")]
    public required byte[] T1 { get; init; }

    [JsonPropertyName("t2")]
    public required byte[] T2 { get; init; }

    public required string SourceAddress { get; init; }
    public required ushort SourcePort { get; init; }
    public required byte[] CookieSecret { get; init; }
    public required byte[] CookieNonce { get; init; }
    public required byte[] Cookie { get; init; }
    public required byte[] CookieReply { get; init; }

    [JsonPropertyName("initiation_with_mac2")]
    public required byte[] InitiationWithMac2 { get; init; }

    public static IReadOnlyList<Transcript> Load()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Vectors", "Noise", "transcripts.json");
        return JsonSerializer.Deserialize<Transcript[]>(File.ReadAllText(path), Options)!;
    }

    public NoiseSide Initiator() => new(InitiatorPrivate, new PublicKey(ResponderPublic), PresharedKey)
    {
        Random = new ScriptedRandom(InitiatorEphemeralPrivate),
    };

    public NoiseSide Responder() => new(ResponderPrivate, new PublicKey(InitiatorPublic), PresharedKey)
    {
        Random = new ScriptedRandom(ResponderEphemeralPrivate),
    };

    public override string ToString() => Name;

    private sealed class HexConverter : JsonConverter<byte[]>
    {
        public override byte[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Convert.FromHexString(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, byte[] value, JsonSerializerOptions options) =>
            writer.WriteStringValue(Convert.ToHexStringLower(value));
    }
}
