using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PfsVpn.Cli.View;

/// <summary>Objects of JSON for programs, each on a line of its own.</summary>
internal static class JsonText
{
    // Keys in base64 stay readable (a plus sign is a plus sign); control characters are escaped all the same.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What <paramref name="write"/> writes, and a line feed.</summary>
    public static ReadOnlyMemory<byte> Line(Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, Options)) write(json);
        bytes.Write("\n"u8);
        return bytes.WrittenMemory;
    }
}
