using System.Runtime.InteropServices;
using PfsVpn.Interop.Windows;
using PfsVpn.Packets;

namespace PfsVpn.Udp;

/// <summary>One message for WSASendMsg: a datagram, or a run of them that the system cuts again. Nothing is copied: outputs that touch in memory are one part, others are gathered.</summary>
/// <remarks>Sizes: at most <see cref="DatagramRun.MaxSegments"/> parts. Threading: one thread.</remarks>
internal sealed unsafe class WindowsSendMessage
{
    private readonly Ws2_32.WSAMSG* _message = (Ws2_32.WSAMSG*)NativeMemory.AllocZeroed(1, (nuint)sizeof(Ws2_32.WSAMSG));
    private readonly Ws2_32.WSABUF* _parts = (Ws2_32.WSABUF*)NativeMemory.AllocZeroed(DatagramRun.MaxSegments, (nuint)sizeof(Ws2_32.WSABUF));
    private readonly byte* _control = (byte*)NativeMemory.AllocZeroed(1, WindowsControlMessages.Room);
    private readonly byte* _name = (byte*)NativeMemory.AllocZeroed(1, WindowsSocketAddress.Room);

    /// <summary>Frees the native memory.</summary>
    ~WindowsSendMessage()
    {
        NativeMemory.Free(_message);
        NativeMemory.Free(_parts);
        NativeMemory.Free(_control);
        NativeMemory.Free(_name);
    }

    /// <summary>The message.</summary>
    public Ws2_32.WSAMSG* Message => _message;

    /// <summary>How many outputs of the batch it carries.</summary>
    public int Datagrams { get; private set; }

    /// <summary>The length by which the system is to cut it, 0 for a single datagram.</summary>
    public int SegmentLength { get; private set; }

    /// <summary>Whether it has bits of congestion notification.</summary>
    public bool HasEcn { get; private set; }

    /// <summary>Sets where the messages go, until the next call.</summary>
    public void Begin(in EndpointAddress remote)
    {
        *_message = new Ws2_32.WSAMSG { name = _name, namelen = WindowsSocketAddress.Write(_name, remote), lpBuffers = _parts };
    }

    /// <summary>Lays out the outputs from <paramref name="run"/> on, as many as one message takes.</summary>
    public void Fill(byte* memory, PacketExtent* run, int available, in WindowsWay way, in WindowsSendAttempt attempt)
    {
        Datagrams = DatagramRun.Count(run, available, attempt.SegmentLimit);
        _message->dwBufferCount = Gather(memory, run, Datagrams);
        Complete(Datagrams > 1 ? run->Length : 0, run->Tos, way, attempt);
    }

    /// <summary>Lays out one datagram, which must stay where it is until it is sent.</summary>
    public void FillOne(byte* datagram, int length, byte tos, in WindowsWay way, in WindowsSendAttempt attempt)
    {
        Datagrams = 1;
        _parts[0] = new Ws2_32.WSABUF { len = (uint)length, buf = datagram };
        _message->dwBufferCount = 1;
        Complete(0, tos, way, attempt);
    }

    private uint Gather(byte* memory, PacketExtent* run, int datagrams)
    {
        var count = 0;
        for (var index = 0; index < datagrams; index++)
        {
            if (index > 0 && run[index].Offset == run[index - 1].Offset + run[index - 1].Length) _parts[count - 1].len += (uint)run[index].Length;
            else _parts[count++] = new Ws2_32.WSABUF { len = (uint)run[index].Length, buf = memory + run[index].Offset };
        }
        return (uint)count;
    }

    private void Complete(int segmentLength, byte tos, in WindowsWay way, in WindowsSendAttempt attempt)
    {
        var isV4 = way.IsV4;
        var length = attempt.WithSource
            ? WindowsControlMessages.WriteSource(_control, isV4, way.Source, way.Interface)
            : WindowsControlMessages.WriteSource(_control, isV4, default, way.InterfaceAlone);
        var ecn = attempt.WithEcn ? WindowsControlMessages.WriteEcn(_control + length, isV4, tos) : 0;
        length += ecn;
        if (segmentLength > 0) length += WindowsControlMessages.WriteSegmentLength(_control + length, segmentLength);
        HasEcn = ecn > 0;
        SegmentLength = segmentLength;
        _message->Control = new Ws2_32.WSABUF { len = (uint)length, buf = length == 0 ? null : _control };
    }
}
