using PfsVpn.Noise;
using PfsVpn.Timers;

namespace PfsVpn.Lab.Seizure;

/// <summary>A session as the wire shows it: the initiation and the response, and the data messages under the two indices that they agreed on.</summary>
internal sealed class RecordedSession(RecordedPacket initiation, RecordedPacket response)
{
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(1);

    /// <summary>The initiation.</summary>
    public RecordedPacket Initiation { get; } = initiation;

    /// <summary>The response.</summary>
    public RecordedPacket Response { get; } = response;

    /// <summary>Side 0 or 1.</summary>
    public int Initiator => Initiation.Sender;

    /// <summary>Data messages of side 0 and of side 1.</summary>
    public IReadOnlyList<List<RecordedPacket>> Data { get; } = [[], []];

    /// <summary>
    /// Whether the protocol still has a use for its keys at <paramref name="seizure"/>: it is not past <paramref name="rejectAfter"/>, and there is no newer session
    /// on which both sides have received for longer than REKEY_TIMEOUT. A second is granted for the erasing.
    /// </summary>
    public bool MayBeLive(IEnumerable<RecordedSession> sessions, MonotonicTime seizure, TimeSpan rejectAfter) =>
        seizure < Response.At + rejectAfter + Slack && !sessions.Any(newer => newer.Response.At > Response.At && newer.HasReplaced(seizure));

    /// <summary>The sessions of a recording, in order of time. Data messages of no session that was seen to begin are left out.</summary>
    public static IReadOnlyList<RecordedSession> Read(IReadOnlyList<RecordedPacket> wire)
    {
        var sessions = new List<RecordedSession>();
        var initiations = new Dictionary<(int Sender, uint Index), RecordedPacket>();
        var data = new Dictionary<(int Sender, uint Receiver), List<RecordedPacket>>();
        foreach (var packet in wire)
        {
            switch (packet.Type)
            {
                case MessageType.Initiation when packet.Message.Length == MessageSizes.Initiation:
                    initiations[(packet.Sender, MessageCodec.ReadSender(packet.Message))] = packet;
                    break;
                case MessageType.Response when packet.Message.Length == MessageSizes.Response:
                    var (own, other) = (MessageCodec.ReadSender(packet.Message), MessageCodec.ReadResponseReceiver(packet.Message));
                    if (!initiations.TryGetValue((1 - packet.Sender, other), out var initiation)) break;
                    var session = new RecordedSession(initiation, packet);
                    sessions.Add(session);
                    data[(packet.Sender, other)] = session.Data[packet.Sender];
                    data[(1 - packet.Sender, own)] = session.Data[1 - packet.Sender];
                    break;
                case MessageType.Data:
                    if (data.TryGetValue((packet.Sender, MessageCodec.ReadDataReceiver(packet.Message)), out var messages)) messages.Add(packet);
                    break;
            }
        }
        return sessions;
    }

    private bool HasReplaced(MonotonicTime now) =>
        Data.All(messages => messages.Count > 0 && messages[0].At + ProtocolConstants.RekeyTimeout + Slack < now);
}
