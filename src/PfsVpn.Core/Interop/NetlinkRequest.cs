using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace PfsVpn.Interop;

/// <summary>Builds one rtnetlink request in the caller's buffer: header, a fixed message, attributes.</summary>
/// <remarks>Sizes: 16 bytes of header; every attribute 4 bytes and its payload, rounded up to 4. The buffer must hold them all.</remarks>
internal unsafe ref struct NetlinkRequest
{
    private readonly Span<byte> _buffer;
    private int _length;

    /// <summary>Writes the header and room for the message that <see cref="Append{T}"/> fills.</summary>
    public NetlinkRequest(Span<byte> buffer, ushort type, ushort flags, uint sequence)
    {
        _buffer = buffer;
        buffer.Clear();
        var header = new Libc.nlmsghdr { nlmsg_type = type, nlmsg_flags = (ushort)(flags | Libc.NLM_F_REQUEST), nlmsg_seq = sequence };
        Append(header);
    }

    /// <summary>Appends a structure, rounded up to 4 bytes.</summary>
    public void Append<T>(in T value) where T : unmanaged
    {
        MemoryMarshal.Write(_buffer[_length..], in value);
        _length = Align(_length + sizeof(T));
    }

    /// <summary>Appends an attribute.</summary>
    public void Attribute(ushort type, scoped ReadOnlySpan<byte> payload)
    {
        var header = new Libc.rtattr { rta_len = (ushort)(4 + payload.Length), rta_type = type };
        MemoryMarshal.Write(_buffer[_length..], in header);
        payload.CopyTo(_buffer[(_length + 4)..]);
        _length = Align(_length + 4 + payload.Length);
    }

    /// <summary>Appends an attribute of 4 bytes in the machine's order.</summary>
    public void Attribute(ushort type, uint value)
    {
        Span<byte> payload = stackalloc byte[4];
        MemoryMarshal.Write(payload, in value);
        Attribute(type, payload);
    }

    /// <summary>Appends an attribute of 2 bytes in network order: a port.</summary>
    public void PortAttribute(ushort type, ushort port)
    {
        Span<byte> payload = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(payload, port);
        Attribute(type, payload);
    }

    /// <summary>Sets the length and returns the whole request.</summary>
    public readonly ReadOnlySpan<byte> Finish()
    {
        var length = (uint)_length;
        MemoryMarshal.Write(_buffer, in length);
        return _buffer[.._length];
    }

    private static int Align(int length) => (length + 3) & ~3;
}
