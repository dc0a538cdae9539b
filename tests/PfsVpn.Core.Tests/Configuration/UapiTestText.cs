using System.Buffers;
using System.Text;
using PfsVpn.Configuration;
using PfsVpn.Crypto;

namespace PfsVpn.Tests.Configuration;

/// <summary>Keys as text, changes as text, and sequences cut into pieces.</summary>
internal static class UapiTestText
{
    public const string KeyA = "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf";
    public const string KeyB = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    public const string ZeroKey = "0000000000000000000000000000000000000000000000000000000000000000";

    public static PublicKey Public(string hex) => new(Convert.FromHexString(hex));

    /// <summary>Lays <paramref name="bytes"/> out in blocks that end at <paramref name="cuts"/>.</summary>
    public static ReadOnlySequence<byte> Cut(ReadOnlyMemory<byte> bytes, params int[] cuts)
    {
        var first = new Piece(ReadOnlyMemory<byte>.Empty, 0);
        var last = first;
        var from = 0;
        foreach (var cut in cuts.Append(bytes.Length).Order())
        {
            last = last.Append(bytes[from..cut]);
            from = cut;
        }
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    /// <summary>Everything that a change says, as text that two equal changes share.</summary>
    public static string Describe(DeviceChange change)
    {
        var text = new StringBuilder();
        text.Append(Describe(change.PrivateKey)).Append(' ').Append(change.ListenPort).Append(' ').Append(change.FirewallMark).Append(' ').Append(change.ReplacePeers)
            .Append(DescribeLife(change.RekeyAfterSeconds, change.RekeyAfterBytes))
            .Append(change.BindDevice is { } device ? $" on <{device}>" : "").Append(change.BindAddresses is { } addresses ? $" at <{addresses}>" : "");
        foreach (var peer in change.Peers)
        {
            text.AppendLine().Append(peer.PublicKey).Append(' ').Append(peer.Remove).Append(' ').Append(peer.UpdateOnly).Append(' ').Append(Describe(peer.PresharedKey)).Append(' ')
                .Append(peer.Endpoint).Append(' ').Append(peer.PersistentKeepalive).Append(' ').Append(peer.ReplaceAllowedIps).Append(DescribeLife(peer.RekeyAfterSeconds, peer.RekeyAfterBytes))
                .Append(peer.Name is { } name ? $" <{name}>" : "");
            foreach (var allowed in peer.AllowedIps) text.Append(allowed.Remove ? " -" : " +").Append(allowed.Prefix);
        }
        return text.ToString();
    }

    public static string Describe(SecretKey? key) => key is null ? "none" : Convert.ToHexString(key.Bytes);

    private static string DescribeLife(ushort? seconds, ulong? bytes) => (seconds is null ? "" : $" {seconds} s") + (bytes is null ? "" : $" {bytes} bytes");

    /// <summary>Parses a set whose lines come in one block. The result is described; the change is disposed.</summary>
    public static string ParseAll(SecretArena arena, MemoryPool<byte> pool, ReadOnlySequence<byte> input)
    {
        using var parser = new UapiSetParser(arena, pool);
        if (!parser.Parse(ref input)) return "incomplete";
        if (parser.Error is { } error) return error.ToString();
        using var change = parser.TakeChange();
        return Describe(change);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long index) => (Memory, RunningIndex) = (memory, index);

        public Piece Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Piece(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
