using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Reading and changing addresses, routes and interfaces: <c>netioapi.h</c>. All functions return a Windows error. What is created is not kept over a restart of the machine.</summary>
/// <remarks>References: Microsoft's pages of the same names. Changes need an administrator.</remarks>
internal static unsafe partial class IpHlpApi
{
    public const uint ERROR_ACCESS_DENIED = 5, ERROR_OBJECT_ALREADY_EXISTS = 5010;

    /// <summary>IF_OPER_STATUS: it can carry packets.</summary>
    public const int IfOperStatusUp = 1;

    /// <summary>All addresses of a family or, with AF_UNSPEC, of both. The rows follow the head at offset 8; freed by FreeMibTable.</summary>
    [LibraryImport(Library)]
    public static partial uint GetUnicastIpAddressTable(ushort Family, MIB_TABLE** Table);

    /// <summary>All routes; as <see cref="GetUnicastIpAddressTable"/>.</summary>
    [LibraryImport(Library)]
    public static partial uint GetIpForwardTable2(ushort Family, MIB_TABLE** Table);

    [LibraryImport(Library)]
    public static partial void FreeMibTable(void* Memory);

    [LibraryImport(Library)]
    public static partial uint ConvertInterfaceGuidToLuid(Guid* InterfaceGuid, NET_LUID* InterfaceLuid);

    [LibraryImport(Library)]
    public static partial uint ConvertInterfaceLuidToGuid(NET_LUID* InterfaceLuid, Guid* InterfaceGuid);

    [LibraryImport(Library)]
    public static partial void InitializeUnicastIpAddressEntry(MIB_UNICASTIPADDRESS_ROW* Row);

    [LibraryImport(Library)]
    public static partial uint CreateUnicastIpAddressEntry(MIB_UNICASTIPADDRESS_ROW* Row);

    /// <summary>Looks at the address and the interface only.</summary>
    [LibraryImport(Library)]
    public static partial uint DeleteUnicastIpAddressEntry(MIB_UNICASTIPADDRESS_ROW* Row);

    [LibraryImport(Library)]
    public static partial void InitializeIpForwardEntry(MIB_IPFORWARD_ROW2* Row);

    [LibraryImport(Library)]
    public static partial uint CreateIpForwardEntry2(MIB_IPFORWARD_ROW2* Row);

    /// <summary>Looks at the destination, the next hop and the interface only.</summary>
    [LibraryImport(Library)]
    public static partial uint DeleteIpForwardEntry2(MIB_IPFORWARD_ROW2* Row);

    /// <summary>Fills a MIB_IF_ROW2 (<see cref="MIB_IF_ROW2_Size"/> bytes) whose InterfaceLuid is set.</summary>
    [LibraryImport(Library)]
    public static partial uint GetIfEntry2(byte* Row);

    /// <summary>MIB_IF_ROW2, of which little is wanted: its size, and where the LUID, the alias (257 characters), the description (as many), the MTU of the link and the state stand.</summary>
    public const int MIB_IF_ROW2_Size = 1352, MIB_IF_ROW2_InterfaceLuid = 0, MIB_IF_ROW2_Alias = 28, MIB_IF_ROW2_Description = 542, MIB_IF_ROW2_Mtu = 1124, MIB_IF_ROW2_OperStatus = 1156;
}
