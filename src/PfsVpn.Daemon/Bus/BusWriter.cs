using System.Buffers.Binary;
using System.Text;

namespace PfsVpn.Daemon.Bus;

/// <summary>Marshals values, little-endian, each at a multiple of its size from the start.</summary>
/// <remarks>References: D-Bus specification, "Marshaling (Wire Format)". Threading: one thread.</remarks>
internal sealed class BusWriter
{
    private readonly List<byte> _bytes = [];
    private readonly StringBuilder _signature = new();

    /// <summary>The types of what was written.</summary>
    public string Signature => _signature.ToString();

    /// <summary>What was written.</summary>
    public byte[] ToArray() => [.. _bytes];

    public BusWriter String(string text)
    {
        _signature.Append('s');
        PutString(text);
        return this;
    }

    public BusWriter UInt32(uint number)
    {
        _signature.Append('u');
        PutUInt32(number);
        return this;
    }

    public BusWriter Boolean(bool value)
    {
        _signature.Append('b');
        PutUInt32(value ? 1u : 0u);
        return this;
    }

    /// <summary>The place of a descriptor among those that go with the message.</summary>
    public BusWriter Descriptor(uint index)
    {
        _signature.Append('h');
        PutUInt32(index);
        return this;
    }

    /// <summary>A whole message with this content as its body.</summary>
    public byte[] ToMessage(BusMessage header)
    {
        var message = new BusWriter();
        message._bytes.AddRange([(byte)'l', (byte)header.Kind, 0, 1]);
        message.PutUInt32((uint)_bytes.Count);
        message.PutUInt32(header.Serial);
        var fields = new BusWriter();
        fields.PutField(1, 'o', header.Path);
        fields.PutField(2, 's', header.Interface);
        fields.PutField(3, 's', header.Member);
        fields.PutField(4, 's', header.ErrorName);
        fields.PutField(5, header.ReplySerial);
        fields.PutField(6, 's', header.Destination);
        fields.PutField(7, 's', header.Sender);
        fields.PutField(8, 'g', Signature);
        fields.PutField(9, header.Descriptors);
        // The fields begin at 16, a multiple of 8: where they lie within their array is where they lie within the message.
        message.PutUInt32((uint)fields._bytes.Count);
        message._bytes.AddRange(fields._bytes);
        message.Align(8);
        message._bytes.AddRange(_bytes);
        return message.ToArray();
    }

    private void PutField(byte code, char type, string value)
    {
        if (value.Length == 0) return;
        PutFieldStart(code, type);
        if (type != 'g')
        {
            PutString(value);
            return;
        }
        _bytes.Add((byte)value.Length);
        _bytes.AddRange(Encoding.ASCII.GetBytes(value));
        _bytes.Add(0);
    }

    private void PutField(byte code, uint value)
    {
        if (value == 0) return;
        PutFieldStart(code, 'u');
        PutUInt32(value);
    }

    /// <summary>A structure of a code and a variant, which begins with its signature.</summary>
    private void PutFieldStart(byte code, char type)
    {
        Align(8);
        _bytes.AddRange([code, 1, (byte)type, 0]);
    }

    private void PutString(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        PutUInt32((uint)bytes.Length);
        _bytes.AddRange(bytes);
        _bytes.Add(0);
    }

    private void PutUInt32(uint number)
    {
        Align(4);
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, number);
        _bytes.AddRange(bytes);
    }

    private void Align(int size)
    {
        while (_bytes.Count % size != 0) _bytes.Add(0);
    }
}
