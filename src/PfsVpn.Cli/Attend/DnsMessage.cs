using System.Buffers.Binary;
using System.Text;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Attend;

/// <summary>Questions for the addresses of a name, and what is read out of the answers.</summary>
/// <remarks>References: RFC 1035 §4, RFC 3596. Sizes: answers are read up to 4096 bytes. Sans-IO; what comes from the network never throws.</remarks>
internal static class DnsMessage
{
    /// <summary>Type of a record with an IPv4 address.</summary>
    public const ushort A = 1;

    /// <summary>Type of a record with an IPv6 address.</summary>
    public const ushort Aaaa = 28;

    private const int HeaderBytes = 12, LongestLabel = 63, LongestName = 253, MostRecords = 64;
    private const ushort Internet = 1, RecursionDesired = 0x0100, IsResponse = 0x8000, CodeMask = 0xF, NoSuchName = 3;

    /// <summary>The bytes of a question; null for what is no name.</summary>
    public static byte[]? Question(ushort id, string name, ushort type)
    {
        var labels = name.TrimEnd('.').Split('.');
        if (name.Length > LongestName || labels.Any(static label => label.Length is 0 or > LongestLabel || !Ascii.IsValid(label))) return null;
        var bytes = new byte[HeaderBytes + labels.Sum(static label => label.Length + 1) + 5];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, id);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), RecursionDesired);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(4), 1);
        var place = HeaderBytes;
        foreach (var label in labels)
        {
            bytes[place++] = (byte)label.Length;
            place += Encoding.ASCII.GetBytes(label, bytes.AsSpan(place));
        }
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(place + 1), type);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(place + 3), Internet);
        return bytes;
    }

    /// <summary>
    /// Reads an answer. False where it is none to this question, or the server could not say. With true, the addresses of the asked type; none where the name has none, or does not exist.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> answer, ReadOnlySpan<byte> question, out List<IpAddress> addresses)
    {
        addresses = [];
        if (answer.Length < question.Length || answer[0] != question[0] || answer[1] != question[1]) return false;
        var flags = BinaryPrimitives.ReadUInt16BigEndian(answer[2..]);
        if ((flags & IsResponse) == 0 || (flags & CodeMask) is not (0 or NoSuchName)) return false;
        // The question comes back; servers may change the case of its letters.
        if (BinaryPrimitives.ReadUInt16BigEndian(answer[4..]) != 1 || !Ascii.EqualsIgnoreCase(answer[HeaderBytes..question.Length], question[HeaderBytes..])) return false;
        var type = BinaryPrimitives.ReadUInt16BigEndian(question[^4..]);
        var records = Math.Min((int)BinaryPrimitives.ReadUInt16BigEndian(answer[6..]), MostRecords);
        var rest = answer[question.Length..];
        for (var record = 0; record < records; record++)
        {
            if (!TrySkipName(ref rest) || rest.Length < 10) return addresses.Count != 0;
            var (found, length) = (BinaryPrimitives.ReadUInt16BigEndian(rest), BinaryPrimitives.ReadUInt16BigEndian(rest[8..]));
            rest = rest[10..];
            if (rest.Length < length) return addresses.Count != 0;
            // Other records on the way are aliases.
            if (found == type && length == (type == A ? 4 : 16)) addresses.Add(IpAddress.Read(rest[..length]));
            rest = rest[length..];
        }
        return true;
    }

    private static bool TrySkipName(ref ReadOnlySpan<byte> rest)
    {
        while (!rest.IsEmpty)
        {
            var length = rest[0];
            var isPointer = (length & 0xC0) == 0xC0;
            var step = isPointer ? 2 : length + 1;
            if ((length > LongestLabel && !isPointer) || rest.Length < step) return false;
            rest = rest[step..];
            if (isPointer || length == 0) return true;
        }
        return false;
    }
}
