using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Names of interfaces: <c>netioapi.h</c>.</summary>
/// <remarks>References: Microsoft's page if_nametoindex.</remarks>
internal static unsafe partial class IpHlpApi
{
    /// <summary>Bytes of an interface's name with its final zero: NDIS_IF_MAX_STRING_SIZE + 1.</summary>
    public const int IF_NAMESIZE = 257;

    /// <summary>The index of an interface by its name such as <c>ethernet_32769</c> (not the alias that people see), zero-terminated; 0 for none.</summary>
    [LibraryImport("iphlpapi.dll")]
    public static partial uint if_nametoindex(byte* name);
}
