using System.Runtime.InteropServices;

namespace PfsVpn.Interop;

/// <summary>Walks the messages of one received netlink datagram, and their attributes. Stops at the first length that does not fit.</summary>
/// <remarks>Threading: a value on the stack. Nothing is copied.</remarks>
internal unsafe ref struct NetlinkReader
{
    private const int HeaderLength = 16;
    private ReadOnlySpan<byte> _rest;

    /// <summary>Takes a datagram as received.</summary>
    public NetlinkReader(ReadOnlySpan<byte> datagram) => _rest = datagram;

    /// <summary>The present message's header.</summary>
    public Libc.nlmsghdr Header { get; private set; }

    /// <summary>What follows the present message's header.</summary>
    public ReadOnlySpan<byte> Payload { get; private set; }

    /// <summary>For a message of type NLMSG_ERROR: the errno, 0 for an acknowledgement.</summary>
    public readonly int Error => Payload.Length >= 4 ? -MemoryMarshal.Read<int>(Payload) : Libc.EINVAL;

    /// <summary>Goes to the next message; false at the end.</summary>
    public bool MoveNext()
    {
        if (_rest.Length < HeaderLength) return false;
        Header = MemoryMarshal.Read<Libc.nlmsghdr>(_rest);
        var length = (int)Math.Min(Header.nlmsg_len, int.MaxValue);
        if (length < HeaderLength || length > _rest.Length) return false;
        Payload = _rest[HeaderLength..length];
        _rest = _rest[Math.Min((length + 3) & ~3, _rest.Length)..];
        return true;
    }

    /// <summary>Reads the fixed structure at the start of the payload; false where the payload is shorter.</summary>
    public readonly bool TryRead<T>(out T message, out ReadOnlySpan<byte> attributes) where T : unmanaged
    {
        var length = (sizeof(T) + 3) & ~3;
        if (Payload.Length < length)
        {
            message = default;
            attributes = default;
            return false;
        }
        message = MemoryMarshal.Read<T>(Payload);
        attributes = Payload[length..];
        return true;
    }

    /// <summary>Finds an attribute by its type.</summary>
    public static bool TryFind(ReadOnlySpan<byte> attributes, ushort type, out ReadOnlySpan<byte> value)
    {
        while (attributes.Length >= 4)
        {
            var header = MemoryMarshal.Read<Libc.rtattr>(attributes);
            if (header.rta_len < 4 || header.rta_len > attributes.Length) break;
            value = attributes[4..header.rta_len];
            if (header.rta_type == type) return true;
            attributes = attributes[Math.Min((header.rta_len + 3) & ~3, attributes.Length)..];
        }
        value = default;
        return false;
    }

    /// <summary>Finds an attribute of 4 bytes.</summary>
    public static bool TryFind(ReadOnlySpan<byte> attributes, ushort type, out int value)
    {
        var found = TryFind(attributes, type, out ReadOnlySpan<byte> bytes) && bytes.Length >= 4;
        value = found ? MemoryMarshal.Read<int>(bytes) : 0;
        return found;
    }
}
