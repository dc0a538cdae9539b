using System.Runtime.InteropServices;
using PfsVpn.Cli.Windows.Network;
using PfsVpn.Interop.Windows;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Windows.Native;

/// <summary>Echo requests of many sizes at once that must not be fragmented.</summary>
/// <remarks>References: RFC 792, RFC 4443 §4; Microsoft's pages IcmpSendEcho2Ex, Icmp6SendEcho2. Threading: any thread. It takes up to a second.</remarks>
internal sealed unsafe class EchoRequests : IDisposable
{
    private const int EchoHeader = 8;
    private const uint Wait = 1000;
    private const byte TimeToLive = 128;

    private readonly bool _isV4;
    private readonly nint _handle;
    private readonly nint _memory;
    private readonly List<Request> _requests = [];

    private EchoRequests(bool isV4, nint handle, nuint room)
    {
        (_isV4, _handle) = (isV4, handle);
        _memory = (nint)NativeMemory.AllocZeroed(room);
    }

    /// <summary>Sends one request of each size; null where this Windows does not send any.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="source">The address that they leave from, and so the interface; null for the system's choice.</param>
    /// <param name="sizes">Sizes of the IP packets in bytes.</param>
    /// <returns>The sizes that were answered.</returns>
    public static IReadOnlySet<int>? TrySend(IpAddress target, IpAddress? source, IReadOnlyList<int> sizes)
    {
        try
        {
            var handle = target.IsV4 ? IpHlpApi.IcmpCreateFile() : IpHlpApi.Icmp6CreateFile();
            if (handle == Kernel32.INVALID_HANDLE_VALUE) return null;
            // What is sent, zeros, and a reply for each.
            using var all = new EchoRequests(target.IsV4, handle, (nuint)sizes.Sum(static size => (long)ReplyRoom(size)) + (nuint)sizes.Max());
            return all.Send(target, source, sizes);
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Waits until the system has let go of the memory.</summary>
    public void Dispose()
    {
        foreach (var request in _requests)
        {
            request.Done.WaitOne();
            request.Done.Dispose();
        }
        _ = IpHlpApi.IcmpCloseHandle(_handle);
        NativeMemory.Free((void*)_memory);
    }

    private static int ReplyRoom(int size) => sizeof(IpHlpApi.ICMP_ECHO_REPLY) + size + IpHlpApi.EchoReplyRoom;

    private HashSet<int> Send(IpAddress target, IpAddress? source, IReadOnlyList<int> sizes)
    {
        var reply = (byte*)_memory + sizes.Max();
        foreach (var size in sizes)
        {
            // A reply that does not come must not look like one.
            new Span<byte>(reply, ReplyRoom(size)).Fill(0xFF);
            if (TrySend(target, source, size, reply) is { } done) _requests.Add(new Request(size, (nint)reply, done));
            reply += ReplyRoom(size);
        }
        foreach (var request in _requests) request.Done.WaitOne();
        return [.. _requests.Where(IsAnswered).Select(static request => request.Size)];
    }

    private bool IsAnswered(Request request) => IpHlpApi.IP_SUCCESS == (_isV4 ? ((IpHlpApi.ICMP_ECHO_REPLY*)request.Reply)->Status : ((IpHlpApi.ICMPV6_ECHO_REPLY*)request.Reply)->Status);

    /// <summary>Sends one. Returns what is set when its time is over; null where it cannot be sent: larger than the interface takes, or no way.</summary>
    private ManualResetEvent? TrySend(IpAddress target, IpAddress? source, int size, byte* reply)
    {
        var done = new ManualResetEvent(false);
        var options = new IpHlpApi.IP_OPTION_INFORMATION { Ttl = TimeToLive, Flags = IpHlpApi.IP_FLAG_DF };
        var (signal, bytes, room) = (done.SafeWaitHandle.DangerousGetHandle(), (ushort)(size - (_isV4 ? IpHeader.V4MinLengthInBytes : IpHeader.V6LengthInBytes) - EchoHeader), (uint)ReplyRoom(size));
        uint count;
        if (_isV4) count = IpHlpApi.IcmpSendEcho2Ex(_handle, signal, null, null, InNetworkOrder(source), InNetworkOrder(target), (void*)_memory, bytes, &options, reply, room, Wait);
        else
        {
            var (from, to) = (NetworkRows.Write(source ?? new IpAddress(0, 0)), NetworkRows.Write(target));
            count = IpHlpApi.Icmp6SendEcho2(_handle, signal, null, null, &from, &to, (void*)_memory, bytes, &options, reply, room, Wait);
        }
        if (count != 0) done.Set();
        else if (Marshal.GetLastPInvokeError() != (int)IpHlpApi.ERROR_IO_PENDING)
        {
            done.Dispose();
            return null;
        }
        return done;
    }

    private static uint InNetworkOrder(IpAddress? address)
    {
        uint value = 0;
        address?.Write(new Span<byte>(&value, sizeof(uint)));
        return value;
    }

    /// <param name="Size">Bytes of the IP packet.</param>
    /// <param name="Reply">Where the reply is put.</param>
    /// <param name="Done">Set when it is there, or nothing comes any more.</param>
    private sealed record Request(int Size, nint Reply, ManualResetEvent Done);
}
