using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace PfsVpn.Packets;

/// <summary>An IPv4 or IPv6 address as a value, without a scope.</summary>
/// <remarks>Sizes: 4 or 16 bytes on the wire. Threading: immutable. The default value has family 0 and belongs to neither.</remarks>
internal readonly struct IpAddress : IEquatable<IpAddress>
{
    /// <summary>An IPv4 address from its four bytes in network order, as a number.</summary>
    public IpAddress(uint v4)
    {
        Low = v4;
        Family = 4;
    }

    /// <summary>An IPv6 address from its two halves in network order, as numbers.</summary>
    public IpAddress(ulong high, ulong low)
    {
        High = high;
        Low = low;
        Family = 6;
    }

    /// <summary>The first 64 bits of an IPv6 address; zero for IPv4.</summary>
    public ulong High { get; }

    /// <summary>The last 64 bits of an IPv6 address; the 32 bits of an IPv4 address.</summary>
    public ulong Low { get; }

    /// <summary>4, 6, or 0 for no address.</summary>
    public byte Family { get; }

    /// <summary>Whether this is an IPv4 address.</summary>
    public bool IsV4 => Family == 4;

    /// <summary>Whether this is an IPv6 address of fe80::/10, which means nothing without its interface.</summary>
    public bool IsV6LinkLocal => Family == 6 && High >> 54 == 0xFE80 >> 6;

    /// <summary>The 32 bits of an IPv4 address.</summary>
    public uint V4 => (uint)Low;

    /// <summary>32 or 128.</summary>
    public int BitLength => Family == 4 ? 32 : 128;

    /// <summary>Size on the wire: 4 or 16.</summary>
    public int LengthInBytes => Family == 4 ? 4 : 16;

    /// <summary>Reads 4 or 16 bytes in network order.</summary>
    public static IpAddress Read(ReadOnlySpan<byte> bytes) => bytes.Length == 4
        ? new IpAddress(BinaryPrimitives.ReadUInt32BigEndian(bytes))
        : new IpAddress(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));

    /// <summary>Writes 4 or 16 bytes in network order and returns how many.</summary>
    public int Write(Span<byte> destination)
    {
        if (IsV4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, V4);
            return 4;
        }
        BinaryPrimitives.WriteUInt64BigEndian(destination, High);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], Low);
        return 16;
    }

    /// <summary>The address with all bits behind the first <paramref name="prefixLength"/> cleared.</summary>
    public IpAddress Mask(int prefixLength)
    {
        if (IsV4) return new IpAddress(prefixLength == 0 ? 0 : V4 & (uint.MaxValue << (32 - prefixLength)));
        var high = prefixLength == 0 ? 0 : prefixLength >= 64 ? High : High & (ulong.MaxValue << (64 - prefixLength));
        var low = prefixLength <= 64 ? 0 : prefixLength == 128 ? Low : Low & (ulong.MaxValue << (128 - prefixLength));
        return new IpAddress(high, low);
    }

    /// <summary>Parses the usual text forms; no scope, no port, no name.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IpAddress address)
    {
        address = default;
        if (text.Contains('%') || text.Contains('[')) return false;
        if (!IPAddress.TryParse(text, out var parsed)) return false;
        if (parsed.AddressFamily == AddressFamily.InterNetwork && text.Count('.') != 3) return false;
        address = From(parsed);
        return true;
    }

    /// <summary>Converts from the framework's type; the scope is lost.</summary>
    public static IpAddress From(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var written);
        return Read(bytes[..written]);
    }

    /// <summary>Converts to the framework's type.</summary>
    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        return new IPAddress(bytes[..Write(bytes)]);
    }

    /// <inheritdoc/>
    public override string ToString() => Family == 0 ? "(none)" : ToIPAddress().ToString();

    /// <inheritdoc/>
    public bool Equals(IpAddress other) => Low == other.Low && High == other.High && Family == other.Family;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is IpAddress other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(High, Low, Family);

    /// <summary>Whether both are the same address of the same family.</summary>
    public static bool operator ==(IpAddress left, IpAddress right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(IpAddress left, IpAddress right) => !left.Equals(right);
}
