using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Sessions: the two rings of an adapter, one for each direction, in memory that the driver shares.</summary>
internal static unsafe partial class Wintun
{
    /// <summary>Bytes of each ring: a power of two between these.</summary>
    public const uint WINTUN_MIN_RING_CAPACITY = 0x20000, WINTUN_MAX_RING_CAPACITY = 0x4000000;

    /// <summary>Bytes of a packet at most.</summary>
    public const int WINTUN_MAX_IP_PACKET_SIZE = 0xFFFF;

    /// <summary>
    /// WintunReceivePacket: the ring is broken; the adapter is going away; there is no packet. WintunAllocateSendPacket: the adapter is going away; the ring is full.
    /// </summary>
    public const int ERROR_INVALID_DATA = 13, ERROR_HANDLE_EOF = 38, ERROR_NO_MORE_ITEMS = 259, ERROR_BUFFER_OVERFLOW = 111;

    /// <summary>Starts the one session of an adapter, which thereby is connected. 0 on failure.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial nint WintunStartSession(nint adapter, uint capacity);

    /// <summary>Ends a session: nobody may be in it, and every packet of it is gone.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial void WintunEndSession(nint session);

    /// <summary>The event that is set when there are packets, or the adapter goes away; reset by the wait that it ends. The session's: not to be closed.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial nint WintunGetReadWaitEvent(nint session);

    /// <summary>
    /// Takes the next packet that the system sends, in the ring: it may be written to, and is to be given back by <see cref="WintunReleaseReceivePacket"/>. Null where there is none.
    /// </summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial byte* WintunReceivePacket(nint session, uint* packetSize);

    /// <summary>Gives a packet's place in the ring back.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial void WintunReleaseReceivePacket(nint session, byte* packet);

    /// <summary>
    /// Takes the place for a packet of exactly so many bytes for the system; null where there is none. Packets arrive in the order of these calls, and none before all that were
    /// allocated earlier are sent.
    /// </summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial byte* WintunAllocateSendPacket(nint session, uint packetSize);

    /// <summary>Hands over a packet that was filled in.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial void WintunSendPacket(nint session, byte* packet);
}
