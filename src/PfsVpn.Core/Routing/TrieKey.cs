using PfsVpn.Packets;

namespace PfsVpn.Routing;

/// <summary>A prefix as a key of the trie: up to 128 bits aligned to the left, bits behind its length zero.</summary>
internal readonly struct TrieKey
{
    private TrieKey(ulong high, ulong low, byte length, byte family)
    {
        High = high;
        Low = low;
        Length = length;
        Family = family;
    }

    public TrieKey(in IpPrefix prefix)
    {
        High = prefix.Address.IsV4 ? (ulong)prefix.Address.V4 << 32 : prefix.Address.High;
        Low = prefix.Address.IsV4 ? 0 : prefix.Address.Low;
        Length = prefix.Length;
        Family = prefix.Address.Family;
    }

    public TrieKey(in TrieNode node)
        : this(node.High, node.Low, node.Length, node.Family)
    {
    }

    public ulong High { get; }

    public ulong Low { get; }

    public byte Length { get; }

    public byte Family { get; }

    /// <summary>Bit <paramref name="index"/>, counted from the left.</summary>
    public int Bit(int index) => TrieNode.Bit(High, Low, index);

    /// <summary>The first <paramref name="length"/> bits.</summary>
    public TrieKey Truncate(int length)
    {
        var address = new IpAddress(High, Low).Mask(length);
        return new TrieKey(address.High, address.Low, (byte)length, Family);
    }
}
