using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Name servers of an interface: <c>netioapi.h</c>. Windows 10 from build 19041 on.</summary>
/// <remarks>References: Microsoft's pages SetInterfaceDnsSettings, DNS_INTERFACE_SETTINGS.</remarks>
internal static unsafe partial class IpHlpApi
{
    public const uint DNS_INTERFACE_SETTINGS_VERSION1 = 1;

    /// <summary>Flags of <see cref="DNS_INTERFACE_SETTINGS"/>: for IPv6 rather than IPv4; which members count.</summary>
    public const ulong DNS_SETTING_IPV6 = 1, DNS_SETTING_NAMESERVER = 2, DNS_SETTING_SEARCHLIST = 4;

    /// <summary>Sets what the flags name, and keeps it in the registry under the interface's GUID. Returns a Windows error. The GUID goes by value.</summary>
    [LibraryImport(Library)]
    public static partial uint SetInterfaceDnsSettings(Guid Interface, DNS_INTERFACE_SETTINGS* Settings);

    /// <summary>64 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct DNS_INTERFACE_SETTINGS
    {
        public uint Version;
        public ulong Flags;
        public char* Domain;

        /// <summary>Addresses with commas between; empty for none.</summary>
        public char* NameServer;

        /// <summary>Domains with commas between; empty for none.</summary>
        public char* SearchList;
        public uint RegistrationEnabled;
        public uint RegisterAdapterName;
        public uint EnableLLMNR;
        public uint QueryAdapterName;
        public char* ProfileNameServer;
    }
}
