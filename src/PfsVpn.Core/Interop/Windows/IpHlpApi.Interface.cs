using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>An interface's name, and its settings for each family: <c>netioapi.h</c>.</summary>
/// <remarks>
/// References: Microsoft's pages GetIpInterfaceEntry, SetIpInterfaceEntry, ConvertInterfaceLuidToAlias.
/// Errors: each function returns 0 or the error (1168 where the interface has no such family, 2 where there is no such interface); none sets the last error.
/// Threading: any.
/// </remarks>
internal static unsafe partial class IpHlpApi
{
    /// <summary>Characters of an alias at most, the end not counted: IF_MAX_STRING_SIZE, NDIS_IF_MAX_STRING_SIZE.</summary>
    public const int NDIS_IF_MAX_STRING_SIZE = 256;

    /// <summary>Fills the row of which Family and InterfaceLuid (or InterfaceIndex) are set.</summary>
    [LibraryImport(Library)]
    public static partial uint GetIpInterfaceEntry(MIB_IPINTERFACE_ROW* row);

    /// <summary>Changes an interface. For IPv4, SitePrefixLength must be 0, also where GetIpInterfaceEntry gave another.</summary>
    [LibraryImport(Library)]
    public static partial uint SetIpInterfaceEntry(MIB_IPINTERFACE_ROW* row);

    /// <param name="luid">The interface.</param>
    /// <param name="alias">Gets the name with its end.</param>
    /// <param name="length">Characters that fit into <paramref name="alias"/>: <see cref="NDIS_IF_MAX_STRING_SIZE"/> and one.</param>
    [LibraryImport(Library)]
    public static partial uint ConvertInterfaceLuidToAlias(NET_LUID* luid, char* alias, nuint length);
}
