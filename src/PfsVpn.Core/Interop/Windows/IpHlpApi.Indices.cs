using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>The table of interfaces, and an interface's index by its name: <c>netioapi.h</c>.</summary>
/// <remarks>
/// References: Microsoft's pages GetIpInterfaceTable, ConvertInterfaceAliasToLuid, ConvertInterfaceLuidToIndex.
/// Errors: each function returns 0 or the error; none sets the last error. A table is <see cref="MIB_TABLE"/> and its rows. Threading: any.
/// </remarks>
internal static unsafe partial class IpHlpApi
{
    /// <summary>Rows of <see cref="MIB_IPINTERFACE_ROW"/>: one for each interface and family.</summary>
    [LibraryImport(Library)]
    public static partial uint GetIpInterfaceTable(ushort family, MIB_TABLE** table);

    /// <param name="alias">The name that people see and change, with its end.</param>
    /// <param name="luid">Gets the interface.</param>
    [LibraryImport(Library)]
    public static partial uint ConvertInterfaceAliasToLuid(char* alias, NET_LUID* luid);

    /// <param name="name">The system's own name such as <c>ethernet_32769</c>, with its end.</param>
    /// <param name="luid">Gets the interface.</param>
    [LibraryImport(Library)]
    public static partial uint ConvertInterfaceNameToLuidW(char* name, NET_LUID* luid);

    [LibraryImport(Library)]
    public static partial uint ConvertInterfaceLuidToIndex(NET_LUID* luid, uint* index);
}
