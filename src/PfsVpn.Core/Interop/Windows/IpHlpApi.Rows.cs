using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>The IP helper's rows for interfaces, routes and addresses: <c>netioapi.h</c>, <c>ws2ipdef.h</c>, <c>nldef.h</c>.</summary>
/// <remarks>
/// References: Microsoft's pages MIB_IPINTERFACE_ROW, MIB_IPFORWARD_ROW2, MIB_UNICASTIPADDRESS_ROW, SOCKADDR_INET, IP_ADDRESS_PREFIX.
/// Sizes: the same on x64 and ARM64. BOOLEAN is a byte, an enumeration 4 bytes. Ports and IPv4 addresses are in network byte order, all else in the machine's.
/// Rows that are to be created are initialised by the function of that name first (InitializeIpForwardEntry and its like): zero is not what Windows takes for "as usual".
/// </remarks>
internal static unsafe partial class IpHlpApi
{
    public const ushort AF_UNSPEC = 0, AF_INET = 2, AF_INET6 = 23;

    /// <summary>MIB_NOTIFICATION_TYPE: a parameter changed, a row was added, a row was deleted, the row as it is at registration.</summary>
    public const int MibParameterNotification = 0, MibAddInstance = 1, MibDeleteInstance = 2, MibInitialNotification = 3;

    /// <summary>NL_DAD_STATE: an address that is used.</summary>
    public const int IpDadStatePreferred = 4;

    /// <summary>NL_ROUTER_DISCOVERY_BEHAVIOR.</summary>
    public const int RouterDiscoveryDisabled = 0, RouterDiscoveryEnabled = 1, RouterDiscoveryDhcp = 2;

    /// <summary>Of SCOPE_LEVEL: entries of <see cref="MIB_IPINTERFACE_ROW.ZoneIndices"/>.</summary>
    public const int ScopeLevelCount = 16;

    /// <summary>An address of either family: a union of SOCKADDR_IN and SOCKADDR_IN6. 28 bytes, aligned to 4.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 28)]
    public struct SOCKADDR_INET
    {
        /// <summary>AF_INET, AF_INET6, or AF_UNSPEC.</summary>
        [FieldOffset(0)] public ushort si_family;

        /// <summary>Network byte order.</summary>
        [FieldOffset(2)] public ushort port;

        /// <summary>IPv4: 4 bytes.</summary>
        [FieldOffset(4)] public fixed byte sin_addr[4];

        /// <summary>IPv6.</summary>
        [FieldOffset(4)] public uint sin6_flowinfo;

        /// <summary>IPv6: 16 bytes.</summary>
        [FieldOffset(8)] public fixed byte sin6_addr[16];

        /// <summary>IPv6: scope, as SCOPE_ID has it.</summary>
        [FieldOffset(24)] public uint sin6_scope_id;
    }

    /// <summary>32 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct IP_ADDRESS_PREFIX
    {
        public SOCKADDR_INET Prefix;
        public byte PrefixLength;
    }

    /// <summary>An interface as one family sees it. 168 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct MIB_IPINTERFACE_ROW
    {
        public ushort Family;
        public NET_LUID InterfaceLuid;
        public uint InterfaceIndex;
        public uint MaxReassemblySize;
        public ulong InterfaceIdentifier;
        public uint MinRouterAdvertisementInterval;
        public uint MaxRouterAdvertisementInterval;
        public byte AdvertisingEnabled;
        public byte ForwardingEnabled;
        public byte WeakHostSend;
        public byte WeakHostReceive;
        public byte UseAutomaticMetric;
        public byte UseNeighborUnreachabilityDetection;
        public byte ManagedAddressConfigurationSupported;
        public byte OtherStatefulConfigurationSupported;
        public byte AdvertiseDefaultRoute;
        public int RouterDiscoveryBehavior;
        public uint DadTransmits;
        public uint BaseReachableTime;
        public uint RetransmitTime;
        public uint PathMtuDiscoveryTimeout;
        public int LinkLocalAddressBehavior;
        public uint LinkLocalAddressTimeout;
        public fixed uint ZoneIndices[ScopeLevelCount];
        public uint SitePrefixLength;
        public uint Metric;

        /// <summary>The family's MTU on this interface, bytes.</summary>
        public uint NlMtu;
        public byte Connected;
        public byte SupportsWakeUpPatterns;
        public byte SupportsNeighborDiscovery;
        public byte SupportsRouterDiscovery;
        public uint ReachableTime;

        /// <summary>NL_INTERFACE_OFFLOAD_ROD: 8 bits.</summary>
        public byte TransmitOffload;

        /// <summary>NL_INTERFACE_OFFLOAD_ROD: 8 bits.</summary>
        public byte ReceiveOffload;
        public byte DisableDefaultRoutes;
    }

    /// <summary>A route. 104 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct MIB_IPFORWARD_ROW2
    {
        public NET_LUID InterfaceLuid;
        public uint InterfaceIndex;
        public IP_ADDRESS_PREFIX DestinationPrefix;
        public SOCKADDR_INET NextHop;
        public byte SitePrefixLength;
        public uint ValidLifetime;
        public uint PreferredLifetime;

        /// <summary>Added to the interface's metric.</summary>
        public uint Metric;
        public int Protocol;
        public byte Loopback;
        public byte AutoconfigureAddress;
        public byte Publish;
        public byte Immortal;
        public uint Age;
        public int Origin;
    }

    /// <summary>An address of this machine. 80 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct MIB_UNICASTIPADDRESS_ROW
    {
        public SOCKADDR_INET Address;
        public NET_LUID InterfaceLuid;
        public uint InterfaceIndex;
        public int PrefixOrigin;
        public int SuffixOrigin;
        public uint ValidLifetime;
        public uint PreferredLifetime;
        public byte OnLinkPrefixLength;
        public byte SkipAsSource;
        public int DadState;

        /// <summary>SCOPE_ID: the zone in the lower 28 bits, the level above.</summary>
        public uint ScopeId;

        /// <summary>100 ns since 1601, UTC.</summary>
        public long CreationTimeStamp;
    }

    /// <summary>Head of a table as GetUnicastIpAddressTable and its like return it: the rows follow at offset 8. Freed by FreeMibTable.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 8)]
    public struct MIB_TABLE
    {
        public uint NumEntries;
    }
}
