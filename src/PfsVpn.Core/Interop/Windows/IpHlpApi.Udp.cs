using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Who has which UDP port: <c>iphlpapi.h</c>, <c>udpmib.h</c>.</summary>
/// <remarks>References: Microsoft's pages GetExtendedUdpTable, MIB_UDPROW_OWNER_PID, MIB_UDP6ROW_OWNER_PID.</remarks>
internal static unsafe partial class IpHlpApi
{
    public const uint ERROR_INSUFFICIENT_BUFFER = 122;

    /// <summary>UDP_TABLE_CLASS: rows with the owner's process.</summary>
    public const int UDP_TABLE_OWNER_PID = 1;

    /// <summary>Fills a table: the count of rows in four bytes, and the rows right behind. Returns 0 or the error.</summary>
    /// <param name="pUdpTable">The room.</param>
    /// <param name="pdwSize">Its bytes; gets those that it takes where they are too few (<see cref="ERROR_INSUFFICIENT_BUFFER"/>).</param>
    /// <param name="bOrder">Whether rows are sorted.</param>
    /// <param name="ulAf">AF_INET or AF_INET6.</param>
    /// <param name="TableClass"><see cref="UDP_TABLE_OWNER_PID"/>.</param>
    /// <param name="Reserved">0.</param>
    [LibraryImport(Library)]
    public static partial uint GetExtendedUdpTable(void* pUdpTable, uint* pdwSize, int bOrder, uint ulAf, int TableClass, uint Reserved);

    /// <summary>12 bytes. The port is in network byte order in the first two bytes of its field.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct MIB_UDPROW_OWNER_PID
    {
        public uint dwLocalAddr;
        public uint dwLocalPort;
        public uint dwOwningPid;
    }

    /// <summary>28 bytes. The port is as in <see cref="MIB_UDPROW_OWNER_PID"/>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct MIB_UDP6ROW_OWNER_PID
    {
        public fixed byte ucLocalAddr[16];
        public uint dwLocalScopeId;
        public uint dwLocalPort;
        public uint dwOwningPid;
    }
}
