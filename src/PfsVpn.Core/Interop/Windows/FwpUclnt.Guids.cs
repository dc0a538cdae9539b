namespace PfsVpn.Interop.Windows;

/// <summary>Layers and fields of the filtering platform: <c>fwpmu.h</c>.</summary>
/// <remarks>References: Microsoft's pages "Management Filtering Layer Identifiers", "Filtering Condition Identifiers", "Filtering conditions available at each filtering layer".</remarks>
internal static partial class FwpUclnt
{
    /// <summary>Asked when this machine begins to talk to another one: a TCP connection, or the first packet of a pair of UDP or ICMP ends; again for all when filters change.</summary>
    public static readonly Guid FWPM_LAYER_ALE_AUTH_CONNECT_V4 = new("c38d57d1-05a7-4c33-904f-7fbceee60e82");

    /// <inheritdoc cref="FWPM_LAYER_ALE_AUTH_CONNECT_V4"/>
    public static readonly Guid FWPM_LAYER_ALE_AUTH_CONNECT_V6 = new("4a72393b-319f-44bc-84c3-ba54dcb3b6b4");

    /// <summary>The same where the other one begins.</summary>
    public static readonly Guid FWPM_LAYER_ALE_AUTH_RECV_ACCEPT_V4 = new("e1cd9fe7-f4b5-4273-96c0-592e487b8650");

    /// <inheritdoc cref="FWPM_LAYER_ALE_AUTH_RECV_ACCEPT_V4"/>
    public static readonly Guid FWPM_LAYER_ALE_AUTH_RECV_ACCEPT_V6 = new("a3b42c97-9f04-4672-b87e-cee9c483257f");

    /// <summary>Asked for each packet that is forwarded: of virtual machines behind this one, and of a shared connection. They do not pass the layers above.</summary>
    public static readonly Guid FWPM_LAYER_IPFORWARD_V4 = new("a82acc24-4ee1-4ee1-b465-fd1d25cb10a4");

    /// <inheritdoc cref="FWPM_LAYER_IPFORWARD_V4"/>
    public static readonly Guid FWPM_LAYER_IPFORWARD_V6 = new("7b964818-19c7-493a-b71f-832c3684d28c");

    /// <summary>FWP_UINT32, flags.</summary>
    public static readonly Guid FWPM_CONDITION_FLAGS = new("632ce23b-5167-435c-86d7-e903684aa80c");

    /// <summary>FWP_UINT64: the LUID of the interface that has the local address; of a packet that is forwarded, of the one that it came by.</summary>
    public static readonly Guid FWPM_CONDITION_IP_LOCAL_INTERFACE = new("4cd62a49-59c3-4969-b7f3-bda5d32890a4");

    /// <summary>FWP_UINT64: the LUID of the interface that a packet is forwarded to.</summary>
    public static readonly Guid FWPM_CONDITION_IP_FORWARD_INTERFACE = new("1076b8a5-6323-4c5e-9810-e8d3fc9e6136");

    /// <summary>FWP_V4_ADDR_MASK, FWP_V6_ADDR_MASK.</summary>
    public static readonly Guid FWPM_CONDITION_IP_LOCAL_ADDRESS = new("d9ee00de-c1ef-4617-bfe3-ffd8f5a08957");

    /// <inheritdoc cref="FWPM_CONDITION_IP_LOCAL_ADDRESS"/>
    public static readonly Guid FWPM_CONDITION_IP_REMOTE_ADDRESS = new("b235ae9a-1d64-49b8-a44c-5ff3d9095045");

    /// <summary>Of a packet that is forwarded.</summary>
    public static readonly Guid FWPM_CONDITION_IP_DESTINATION_ADDRESS = new("2d79133b-b390-45c6-8699-acaceaafed33");

    /// <summary>FWP_UINT8: the number of the protocol.</summary>
    public static readonly Guid FWPM_CONDITION_IP_PROTOCOL = new("3971ef2b-623e-4f9a-8cb1-6e79b806b9a7");

    /// <summary>FWP_UINT16 in the machine's byte order; of ICMP the type (FWPM_CONDITION_ICMP_TYPE).</summary>
    public static readonly Guid FWPM_CONDITION_IP_LOCAL_PORT = new("0c1ba1af-5765-453f-af22-a8f791ac775b");

    /// <summary>FWP_UINT16 in the machine's byte order; of ICMP the code (FWPM_CONDITION_ICMP_CODE).</summary>
    public static readonly Guid FWPM_CONDITION_IP_REMOTE_PORT = new("c35a604d-d22b-4e1a-91b4-68f674ee674b");

    /// <summary>FWP_BYTE_BLOB_TYPE: what FwpmGetAppIdFromFileName0 says.</summary>
    public static readonly Guid FWPM_CONDITION_ALE_APP_ID = new("d78e1e87-8644-4ea5-9437-d809ecefc971");

    /// <summary>FWP_SECURITY_DESCRIPTOR_TYPE: holds where it gives the process FWP_ACTRL_MATCH_FILTER.</summary>
    public static readonly Guid FWPM_CONDITION_ALE_USER_ID = new("af043a0a-b34d-4f86-979c-c90371af6e66");
}
