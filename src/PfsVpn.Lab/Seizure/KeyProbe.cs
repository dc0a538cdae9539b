using System.Buffers.Binary;

namespace PfsVpn.Lab.Seizure;

/// <summary>One recorded message of a session and direction, against which keys are tried.</summary>
internal sealed class KeyTarget
{
    private readonly byte[] _sealed;

    /// <summary>Takes a message.</summary>
    public KeyTarget(RecordedPacket packet)
    {
        _sealed = packet.Sealed.ToArray();
        Counter = packet.Counter;
        TextLength = packet.TextLength;
        if (TextLength < 2 * sizeof(uint)) return;
        First = BinaryPrimitives.ReadUInt32LittleEndian(_sealed);
        Second = BinaryPrimitives.ReadUInt32LittleEndian(_sealed.AsSpan(sizeof(uint)));
    }

    /// <summary>The message's counter.</summary>
    public ulong Counter { get; }

    /// <summary>Bytes of text, padding included; 0 for a keepalive.</summary>
    public int TextLength { get; }

    /// <summary>The first four bytes of ciphertext, as a little-endian number.</summary>
    public uint First { get; }

    /// <summary>The next four.</summary>
    public uint Second { get; }

    /// <summary>The tag, which is all there is of a keepalive.</summary>
    public ReadOnlySpan<byte> Tag => _sealed.AsSpan(TextLength);

    /// <summary>Whether <paramref name="key"/>, 32 bytes, is the right one: the tag says so.</summary>
    public unsafe bool IsOpenedBy(byte* key)
    {
        var text = new byte[TextLength + 1];
        return MessageOpener.TryOpen(text, key, Counter, _sealed);
    }
}

/// <summary>Messages of one counter: their keystreams under one key are the same, so that one block tells about all of them.</summary>
/// <param name="Counter">The counter.</param>
/// <param name="IsEmpty">Whether they are keepalives, of which only the tag can be compared.</param>
/// <param name="Targets">The messages, each of another session or direction.</param>
internal sealed record KeyProbe(ulong Counter, bool IsEmpty, IReadOnlyList<KeyTarget> Targets)
{
    /// <summary>How many of a direction's first messages are looked at for a counter that many directions have.</summary>
    private const int MessagesConsidered = 512;

    /// <summary>The fewest probes, about, with one message of each session and direction: data where there is any, else a keepalive.</summary>
    public static IReadOnlyList<KeyProbe> Plan(IEnumerable<RecordedSession> sessions)
    {
        var probes = new List<KeyProbe>();
        var directions = sessions.SelectMany(static session => session.Data).Where(static data => data.Count > 0).ToList();
        Cover(probes, [.. directions.Where(static data => data.Exists(HasText))], isEmpty: false);
        Cover(probes, [.. directions.Where(static data => !data.Exists(HasText))], isEmpty: true);
        return probes;
    }

    private static bool HasText(RecordedPacket packet) => packet.TextLength >= 2 * sizeof(uint);

    private static void Cover(List<KeyProbe> probes, List<List<RecordedPacket>> directions, bool isEmpty)
    {
        var left = directions.ConvertAll(data => data.Where(packet => HasText(packet) != isEmpty).Take(MessagesConsidered)
            .DistinctBy(static packet => packet.Counter).ToDictionary(static packet => packet.Counter));
        while (left.Count > 0)
        {
            // The counter that most of them have.
            var counter = left.SelectMany(static messages => messages.Keys).CountBy(static counter => counter).MaxBy(static count => count.Value).Key;
            probes.Add(new KeyProbe(counter, isEmpty, [.. left.Where(messages => messages.ContainsKey(counter)).Select(messages => new KeyTarget(messages[counter]))]));
            left.RemoveAll(messages => messages.ContainsKey(counter));
        }
    }
}
