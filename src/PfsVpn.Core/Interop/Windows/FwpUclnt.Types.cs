using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Structures and constants of the filtering platform: <c>fwptypes.h</c>, <c>fwpmtypes.h</c>.</summary>
/// <remarks>References: Microsoft's pages of the same names. Sizes: of 64-bit Windows.</remarks>
internal static unsafe partial class FwpUclnt
{
    /// <summary>FWP_DATA_TYPE: what a value holds. Up to 32 bits stand in the value, all else behind a pointer.</summary>
    public const int FWP_UINT8 = 1, FWP_UINT16 = 2, FWP_UINT32 = 3, FWP_UINT64 = 4, FWP_BYTE_BLOB_TYPE = 12,
        FWP_SECURITY_DESCRIPTOR_TYPE = 14, FWP_V4_ADDR_MASK = 0x100, FWP_V6_ADDR_MASK = 0x101;

    /// <summary>FWP_MATCH_TYPE.</summary>
    public const int FWP_MATCH_EQUAL = 0, FWP_MATCH_FLAGS_ALL_SET = 6;

    /// <summary>FWP_ACTION_TYPE.</summary>
    public const uint FWP_ACTION_BLOCK = 0x1001, FWP_ACTION_PERMIT = 0x1002;

    /// <summary>Of FWPM_CONDITION_FLAGS: the packet does not leave this machine.</summary>
    public const uint FWP_CONDITION_FLAG_IS_LOOPBACK = 1;

    /// <summary>The right that FWPM_CONDITION_ALE_USER_ID asks a security descriptor for.</summary>
    public const uint FWP_ACTRL_MATCH_FILTER = 1;

    /// <summary>Flags of <see cref="FWPM_FILTER0"/>: it is kept on disk; no filter of another sublayer can refuse what it permits.</summary>
    public const uint FWPM_FILTER_FLAG_PERSISTENT = 1, FWPM_FILTER_FLAG_CLEAR_ACTION_RIGHT = 8;

    /// <summary>The same flag of providers and sublayers.</summary>
    public const uint FWPM_PROVIDER_FLAG_PERSISTENT = 1, FWPM_SUBLAYER_FLAG_PERSISTENT = 1;

    public const uint RPC_C_AUTHN_WINNT = 10;

    public const uint FWP_E_FILTER_NOT_FOUND = 0x80320003, FWP_E_PROVIDER_NOT_FOUND = 0x80320005, FWP_E_SUBLAYER_NOT_FOUND = 0x80320007, FWP_E_IN_USE = 0x8032000A;

    /// <summary>What RPC says where the service "Base Filtering Engine" does not run.</summary>
    public const uint RPC_S_SERVER_UNAVAILABLE = 1722, EPT_S_NOT_REGISTERED = 1753, RPC_S_CANNOT_SUPPORT = 1764;

    /// <summary>16 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct FWP_BYTE_BLOB
    {
        public uint size;
        public byte* data;
    }

    /// <summary>FWP_VALUE0 and FWP_CONDITION_VALUE0, which differ in what they may point to. 16 bytes.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 16)]
    public struct FWP_VALUE0
    {
        [FieldOffset(0)] public int type;
        [FieldOffset(8)] public byte uint8;
        [FieldOffset(8)] public ushort uint16;
        [FieldOffset(8)] public uint uint32;

        /// <summary>Of all types with a pointer.</summary>
        [FieldOffset(8)] public void* pointer;
    }

    /// <summary>Both in the machine's byte order. 8 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct FWP_V4_ADDR_AND_MASK
    {
        public uint addr;
        public uint mask;
    }

    /// <summary>The address in network order. 17 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct FWP_V6_ADDR_AND_MASK
    {
        public fixed byte addr[16];
        public byte prefixLength;
    }

    /// <summary>The name is required. 16 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct FWPM_DISPLAY_DATA0
    {
        public char* name;
        public char* description;
    }

    /// <summary>20 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct FWPM_ACTION0
    {
        public uint type;

        /// <summary>Or the key of a callout.</summary>
        public Guid filterType;
    }

    /// <summary>Conditions with one field are alternatives, those with different fields must all hold. 40 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct FWPM_FILTER_CONDITION0
    {
        public Guid fieldKey;
        public int matchType;
        public FWP_VALUE0 conditionValue;
    }

    /// <summary>200 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct FWPM_FILTER0
    {
        /// <summary>Zeros: the engine makes one.</summary>
        public Guid filterKey;
        public FWPM_DISPLAY_DATA0 displayData;
        public uint flags;
        public Guid* providerKey;
        public FWP_BYTE_BLOB providerData;
        public Guid layerKey;
        public Guid subLayerKey;

        /// <summary>FWP_UINT8, 0 to 15: the range of the weight. Within it the engine weighs by the conditions.</summary>
        public FWP_VALUE0 weight;
        public uint numFilterConditions;
        public FWPM_FILTER_CONDITION0* filterCondition;
        public FWPM_ACTION0 action;

        /// <summary>A union of a UINT64 and a GUID.</summary>
        public FWPM_FILTER_CONTEXT context;
        public Guid* reserved;
        public ulong filterId;
        public FWP_VALUE0 effectiveWeight;
    }

    /// <summary>The unnamed union of <see cref="FWPM_FILTER0"/>. 16 bytes, aligned to 8.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 16)]
    public struct FWPM_FILTER_CONTEXT
    {
        [FieldOffset(0)] public ulong rawContext;
        [FieldOffset(0)] public Guid providerContextKey;
    }

    /// <summary>64 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct FWPM_PROVIDER0
    {
        public Guid providerKey;
        public FWPM_DISPLAY_DATA0 displayData;
        public uint flags;
        public FWP_BYTE_BLOB providerData;
        public char* serviceName;
    }

    /// <summary>72 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct FWPM_SUBLAYER0
    {
        public Guid subLayerKey;
        public FWPM_DISPLAY_DATA0 displayData;
        public uint flags;
        public Guid* providerKey;
        public FWP_BYTE_BLOB providerData;

        /// <summary>The heaviest is asked first.</summary>
        public ushort weight;
    }

    /// <summary>72 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct FWPM_SESSION0
    {
        public Guid sessionKey;
        public FWPM_DISPLAY_DATA0 displayData;
        public uint flags;
        public uint txnWaitTimeoutInMSec;
        public uint processId;
        public void* sid;
        public char* username;
        public int kernelMode;
    }
}
