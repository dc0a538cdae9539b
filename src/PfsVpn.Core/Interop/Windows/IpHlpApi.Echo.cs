using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Echo requests, which need no rights: <c>icmpapi.h</c>, <c>ipexport.h</c>.</summary>
/// <remarks>
/// References: Microsoft's pages IcmpSendEcho2Ex, Icmp6SendEcho2, ICMP_ECHO_REPLY, ICMPV6_ECHO_REPLY, IP_OPTION_INFORMATION.
/// Errors: with an event a request returns 0, and the last error is ERROR_IO_PENDING where it is on its way; then the event is set when it is answered or its time is over, and until then request and reply belong to
/// the system. A reply begins with an <see cref="ICMP_ECHO_REPLY"/>, of IPv6 with an <see cref="ICMPV6_ECHO_REPLY"/>. Threading: any.
/// </remarks>
internal static unsafe partial class IpHlpApi
{
    public const uint ERROR_IO_PENDING = 997;

    /// <summary>The status of a reply that has come; the last error is the status of one that could not be sent.</summary>
    public const uint IP_SUCCESS = 0;

    /// <summary>Routers must not fragment the packet, nor may this machine.</summary>
    public const byte IP_FLAG_DF = 2;

    /// <summary>Bytes that a reply may have besides what was sent: an ICMP error message, and what the system keeps behind (IO_STATUS_BLOCK).</summary>
    public const int EchoReplyRoom = 8 + 16;

    /// <summary>A handle for requests, or INVALID_HANDLE_VALUE.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial nint IcmpCreateFile();

    /// <inheritdoc cref="IcmpCreateFile"/>
    [LibraryImport(Library, SetLastError = true)]
    public static partial nint Icmp6CreateFile();

    [LibraryImport(Library)]
    public static partial int IcmpCloseHandle(nint IcmpHandle);

    /// <param name="IcmpHandle">Of <see cref="IcmpCreateFile"/>.</param>
    /// <param name="Event">Is set in the end.</param>
    /// <param name="ApcRoutine">None.</param>
    /// <param name="ApcContext">None.</param>
    /// <param name="SourceAddress">One of this machine's, in network byte order, which the packet leaves from and so by whose interface; 0 for the system's choice.</param>
    /// <param name="DestinationAddress">In network byte order.</param>
    /// <param name="RequestData">What goes behind the eight bytes of the ICMP header.</param>
    /// <param name="RequestSize">Its length.</param>
    /// <param name="RequestOptions">Flags, time to live.</param>
    /// <param name="ReplyBuffer">Gets the reply.</param>
    /// <param name="ReplySize">Its room: that of the structure, the data and <see cref="EchoReplyRoom"/>.</param>
    /// <param name="Timeout">Milliseconds.</param>
    [LibraryImport(Library, SetLastError = true)]
    public static partial uint IcmpSendEcho2Ex(
        nint IcmpHandle, nint Event, void* ApcRoutine, void* ApcContext, uint SourceAddress, uint DestinationAddress, void* RequestData, ushort RequestSize, IP_OPTION_INFORMATION* RequestOptions,
        void* ReplyBuffer, uint ReplySize, uint Timeout);

    /// <inheritdoc cref="IcmpSendEcho2Ex"/>
    [LibraryImport(Library, SetLastError = true)]
    public static partial uint Icmp6SendEcho2(
        nint IcmpHandle, nint Event, void* ApcRoutine, void* ApcContext, SOCKADDR_INET* SourceAddress, SOCKADDR_INET* DestinationAddress, void* RequestData, ushort RequestSize,
        IP_OPTION_INFORMATION* RequestOptions, void* ReplyBuffer, uint ReplySize, uint Timeout);

    /// <summary>16 bytes on 64-bit Windows.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct IP_OPTION_INFORMATION
    {
        public byte Ttl;
        public byte Tos;
        public byte Flags;
        public byte OptionsSize;
        public byte* OptionsData;
    }

    /// <summary>40 bytes on 64-bit Windows.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct ICMP_ECHO_REPLY
    {
        public uint Address;
        public uint Status;
        public uint RoundTripTime;
        public ushort DataSize;
        public ushort Reserved;
        public void* Data;
        public IP_OPTION_INFORMATION Options;
    }

    /// <summary>36 bytes: the sender, 26 bytes without gaps, comes first.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 36)]
    public struct ICMPV6_ECHO_REPLY
    {
        [FieldOffset(28)] public uint Status;
        [FieldOffset(32)] public uint RoundTripTime;
    }
}
