using PfsVpn.Noise;
using PfsVpn.Timers;

namespace PfsVpn.Lab.Seizure;

/// <summary>A datagram that an attacker recorded on the wire.</summary>
/// <param name="At">When it passed.</param>
/// <param name="Sender">Who sent it: side 0 or 1.</param>
/// <param name="Message">All of it.</param>
internal sealed record RecordedPacket(MonotonicTime At, int Sender, byte[] Message)
{
    /// <summary>What it is; None for what is too short to be anything.</summary>
    public MessageType Type => Message.Length < MessageSizes.DataMinimum ? MessageType.None : MessageCodec.ReadType(Message);

    /// <summary>Data: bytes of text, padding included; 0 for a keepalive.</summary>
    public int TextLength => Message.Length - MessageSizes.DataMinimum;

    /// <summary>Data: the counter.</summary>
    public ulong Counter => MessageCodec.ReadDataCounter(Message);

    /// <summary>Data: what follows the header, the tag included.</summary>
    public ReadOnlySpan<byte> Sealed => Message.AsSpan(MessageSizes.DataHeader);
}
