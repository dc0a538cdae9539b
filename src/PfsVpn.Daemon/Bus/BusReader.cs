using System.Buffers.Binary;
using System.Text;

namespace PfsVpn.Daemon.Bus;

/// <summary>Reads marshalled values, little-endian. It comes from other processes: nothing here throws, everything says whether it is there.</summary>
/// <remarks>References: D-Bus specification, "Marshaling (Wire Format)". Threading: a value on the stack.</remarks>
internal ref struct BusReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Where the next value is looked for.</summary>
    public int Position { get; private set; }

    /// <summary>Reads the header fields of a message.</summary>
    /// <param name="kind">The message's kind.</param>
    /// <param name="serial">Its serial.</param>
    /// <param name="fields">The array of fields, which begins at a multiple of 8.</param>
    /// <param name="body">The body.</param>
    /// <returns>Null where they are malformed, or of a type that this reader does not know.</returns>
    public static BusMessage? ReadMessage(BusMessageKind kind, uint serial, ReadOnlySpan<byte> fields, ReadOnlyMemory<byte> body)
    {
        var message = new BusMessage(kind, serial) { Body = body };
        var reader = new BusReader(fields);
        while (reader.Position < fields.Length)
        {
            if (!reader.TryAlign(8) || !reader.TryByte(out var code) || !reader.TrySignature(out var type)) return null;
            var text = "";
            var number = 0u;
            var known = type switch
            {
                "s" or "o" => reader.TryString(out text),
                "g" => reader.TrySignature(out text),
                "u" => reader.TryUInt32(out number),
                _ => false,
            };
            if (!known) return null;
            message = With(message, code, text, number);
        }
        return message;
    }

    public bool TryByte(out byte value)
    {
        var present = Position < _bytes.Length;
        value = present ? _bytes[Position++] : (byte)0;
        return present;
    }

    public bool TryUInt32(out uint value)
    {
        value = 0;
        if (!TryAlign(4) || _bytes.Length - Position < 4) return false;
        value = BinaryPrimitives.ReadUInt32LittleEndian(_bytes[Position..]);
        Position += 4;
        return true;
    }

    public bool TryBoolean(out bool value)
    {
        var present = TryUInt32(out var number) && number <= 1;
        value = number != 0;
        return present;
    }

    public bool TryString(out string value)
    {
        value = "";
        return TryUInt32(out var length) && TryText(length, out value);
    }

    private bool TrySignature(out string value)
    {
        value = "";
        return TryByte(out var length) && TryText(length, out value);
    }

    private bool TryText(uint length, out string value)
    {
        value = "";
        if (length >= _bytes.Length - Position || _bytes[Position + (int)length] != 0) return false;
        value = Encoding.UTF8.GetString(_bytes.Slice(Position, (int)length));
        Position += (int)length + 1;
        return true;
    }

    private bool TryAlign(int size)
    {
        var aligned = (Position + size - 1) / size * size;
        if (aligned > _bytes.Length) return false;
        Position = aligned;
        return true;
    }

    private static BusMessage With(BusMessage message, byte code, string text, uint number) => code switch
    {
        1 => message with { Path = text },
        2 => message with { Interface = text },
        3 => message with { Member = text },
        4 => message with { ErrorName = text },
        5 => message with { ReplySerial = number },
        7 => message with { Sender = text },
        8 => message with { Signature = text },
        9 => message with { Descriptors = number },
        _ => message,
    };
}
