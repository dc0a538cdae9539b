using System.Buffers.Binary;
using PfsVpn.Interop;
using PfsVpn.Lab.Seizure;
using PfsVpn.Noise;
using PfsVpn.Timers;

namespace PfsVpn.Tests.Lab;

/// <summary>Messages as an attacker records them, made from keys that the test knows.</summary>
internal static class RecordedWire
{
    /// <summary>A moment: seconds after some start.</summary>
    public static MonotonicTime At(double seconds) => new((long)(seconds * 1e9) + 1);

    /// <summary>A sealed inner packet of IPv4 or IPv6, padded, or a keepalive where its length is 0.</summary>
    public static unsafe RecordedPacket Data(byte[] key, ulong counter, int innerLength, uint receiver = 7, int sender = 0, double at = 0, bool isV6 = false)
    {
        var text = new byte[(innerLength + 15) / 16 * 16];
        if (innerLength > 0) WriteInner(text, innerLength, isV6);
        var message = new byte[MessageSizes.DataMinimum + text.Length];
        MessageCodec.WriteDataHeader(message, receiver, counter);
        var nonce = new byte[12];
        BinaryPrimitives.WriteUInt64LittleEndian(nonce.AsSpan(4), counter);
        fixed (byte* to = message, from = text, n = nonce, k = key)
            _ = Sodium.crypto_aead_chacha20poly1305_ietf_encrypt(to + MessageSizes.DataHeader, null, from, (ulong)text.Length, null, 0, null, n, k);
        return new RecordedPacket(At(at), sender, message);
    }

    /// <summary>An initiation or a response with these indices and nothing in it.</summary>
    public static RecordedPacket Initiation(uint own, int sender, double at) => Handshake(MessageType.Initiation, MessageSizes.Initiation, own, 0, sender, at);

    /// <inheritdoc cref="Initiation"/>
    public static RecordedPacket Response(uint own, uint other, int sender, double at) => Handshake(MessageType.Response, MessageSizes.Response, own, other, sender, at);

    /// <summary>A session of empty handshake messages, side 0 the initiator, with one message each way at <paramref name="at"/> seconds.</summary>
    public static RecordedSession Session(byte[] first, byte[] second, double at = 0)
    {
        var session = new RecordedSession(Initiation(1, 0, at), Response(2, 1, 1, at));
        session.Data[0].Add(Data(first, 0, 60, at: at));
        session.Data[1].Add(Data(second, 0, 60, sender: 1, at: at));
        return session;
    }

    private static RecordedPacket Handshake(MessageType type, int length, uint own, uint other, int sender, double at)
    {
        var message = new byte[length];
        MessageCodec.WriteHeader(message, type, own);
        if (type == MessageType.Response) MessageCodec.WriteResponseReceiver(message, other);
        return new RecordedPacket(At(at), sender, message);
    }

    private static void WriteInner(Span<byte> text, int length, bool isV6)
    {
        text[0] = (byte)(isV6 ? 0x60 : 0x45);
        if (isV6) BinaryPrimitives.WriteUInt16BigEndian(text[4..], (ushort)(length - 40));
        else BinaryPrimitives.WriteUInt16BigEndian(text[2..], (ushort)length);
        for (var i = 40; i < length; i++) text[i] = (byte)i;
    }
}
