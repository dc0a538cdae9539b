using System.Runtime.InteropServices;
using PfsVpn.Interop;
using PfsVpn.Packets;

namespace PfsVpn.Udp;

/// <summary>Lays the outputs of a batch out as messages for sendmsg: runs of equal length become one message that the kernel cuts again.</summary>
/// <remarks>
/// A run has one TOS and one length, but its last datagram may be shorter. Nothing is copied: outputs that touch in memory are one part, others are gathered.
/// Sizes: at most <see cref="MaxMessages"/> messages at a time, of at most <see cref="MaxSegments"/> datagrams and <see cref="MaxRunLength"/> bytes.
/// Threading: one thread. References: udp(7) on UDP_SEGMENT, sendmmsg(2).
/// </remarks>
internal sealed unsafe class LinuxSendMessages
{
    /// <summary>Messages at a time.</summary>
    public const int MaxMessages = 64;

    /// <summary>Datagrams of one message.</summary>
    public const int MaxSegments = DatagramRun.MaxSegments;

    /// <summary>Bytes of a message of several datagrams.</summary>
    public const int MaxRunLength = DatagramRun.MaxLength;

    private const int MaxParts = 4 * MaxSegments;

    private readonly Libc.mmsghdr* _headers = (Libc.mmsghdr*)NativeMemory.AllocZeroed(MaxMessages, (nuint)sizeof(Libc.mmsghdr));
    private readonly Libc.iovec* _parts = (Libc.iovec*)NativeMemory.AllocZeroed(MaxParts, (nuint)sizeof(Libc.iovec));
    private readonly byte* _controls = (byte*)NativeMemory.AllocZeroed(MaxMessages, LinuxControlMessages.Room);
    private readonly byte* _name = (byte*)NativeMemory.AllocZeroed(1, LinuxSocketAddress.Room);
    private readonly int[] _datagrams = new int[MaxMessages];
    private readonly int[] _segmentLengths = new int[MaxMessages];
    private uint _nameLength;
    private byte _tos;

    /// <summary>Frees the native memory.</summary>
    ~LinuxSendMessages()
    {
        NativeMemory.Free(_headers);
        NativeMemory.Free(_parts);
        NativeMemory.Free(_controls);
        NativeMemory.Free(_name);
    }

    /// <summary>How many messages there are.</summary>
    public int Count { get; private set; }

    /// <summary>The messages.</summary>
    public Libc.mmsghdr* Headers => _headers;

    /// <summary>How many outputs of the batch message <paramref name="index"/> carries.</summary>
    public int Datagrams(int index) => _datagrams[index];

    /// <summary>The length by which the kernel is to cut message <paramref name="index"/>, 0 for a single datagram.</summary>
    public int SegmentLength(int index) => _segmentLengths[index];

    /// <summary>Lays out as many outputs as there is room for.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="first">First output.</param>
    /// <param name="count">Outputs to be sent.</param>
    /// <param name="endpoint">Where to.</param>
    /// <param name="withSource">Whether they are sent from the endpoint's sticky source.</param>
    /// <param name="segmentLimit">Longest datagram that may be part of a run; 0 for no runs.</param>
    public void Fill(PacketBatch batch, int first, int count, Endpoint endpoint, bool withSource, int segmentLimit)
    {
        Begin(endpoint);
        var parts = 0;
        for (var done = 0; done < count && Count < MaxMessages && parts <= MaxParts - MaxSegments;)
        {
            var run = batch.Output + first + done;
            var datagrams = DatagramRun.Count(run, count - done, segmentLimit);
            var gathered = Gather(batch.Memory, run, datagrams, _parts + parts);
            Add(_parts + parts, gathered, datagrams, datagrams > 1 ? run->Length : 0, run->Tos, endpoint, withSource);
            parts += gathered;
            done += datagrams;
        }
    }

    /// <summary>Lays out one datagram, which must stay where it is until it is sent.</summary>
    public void FillOne(byte* datagram, int length, byte tos, Endpoint endpoint, bool withSource)
    {
        Begin(endpoint);
        _parts[0] = new Libc.iovec { iov_base = datagram, iov_len = (nuint)length };
        Add(_parts, 1, 1, 0, tos, endpoint, withSource);
    }

    private static int Gather(byte* memory, PacketExtent* run, int datagrams, Libc.iovec* parts)
    {
        var count = 0;
        for (var index = 0; index < datagrams; index++)
        {
            if (index > 0 && run[index].Offset == run[index - 1].Offset + run[index - 1].Length) parts[count - 1].iov_len += (nuint)run[index].Length;
            else parts[count++] = new Libc.iovec { iov_base = memory + run[index].Offset, iov_len = (nuint)run[index].Length };
        }
        return count;
    }

    private void Begin(Endpoint endpoint)
    {
        Count = 0;
        _nameLength = LinuxSocketAddress.Write(_name, endpoint.Remote);
    }

    private void Add(Libc.iovec* parts, int partCount, int datagrams, int segmentLength, byte tos, Endpoint endpoint, bool withSource)
    {
        var index = Count++;
        ref var header = ref _headers[index].msg_hdr;
        header.msg_name = _name;
        header.msg_namelen = _nameLength;
        header.msg_iov = parts;
        header.msg_iovlen = (nuint)partCount;
        _datagrams[index] = datagrams;
        _segmentLengths[index] = segmentLength;
        if (index > 0 && tos == _tos && segmentLength == _segmentLengths[index - 1])
        {
            header.msg_control = _headers[index - 1].msg_hdr.msg_control;
            header.msg_controllen = _headers[index - 1].msg_hdr.msg_controllen;
            return;
        }
        _tos = tos;
        var control = _controls + (index * LinuxControlMessages.Room);
        var length = LinuxControlMessages.WriteTos(control, endpoint.Remote.Address.IsV4, tos);
        if (withSource) length += LinuxControlMessages.WriteSource(control + length, endpoint.Source);
        if (segmentLength > 0) length += LinuxControlMessages.WriteSegmentLength(control + length, segmentLength);
        header.msg_control = length == 0 ? null : control;
        header.msg_controllen = (nuint)length;
    }
}
