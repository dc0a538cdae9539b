using System.Runtime.CompilerServices;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Tests.Interop.Windows;

/// <summary>Sizes, offsets and values as a C program prints them with the headers of Windows, x64 (fwptypes.h, fwpmtypes.h, winerror.h).</summary>
public sealed unsafe class FwpUclntLayoutTests
{
    [Fact]
    public void Values_have_the_layout_of_the_headers()
    {
        Assert.Equal(16, sizeof(FwpUclnt.FWP_BYTE_BLOB));
        FwpUclnt.FWP_BYTE_BLOB blob = default;
        Assert.Equal(8, (int)((byte*)&blob.data - (byte*)&blob));
        Assert.Equal(16, sizeof(FwpUclnt.FWP_VALUE0));
        FwpUclnt.FWP_VALUE0 value = default;
        Assert.Equal(0, Offset(ref value, ref value.type));
        Assert.Equal(8, Offset(ref value, ref value.uint8));
        Assert.Equal(8, Offset(ref value, ref value.uint16));
        Assert.Equal(8, Offset(ref value, ref value.uint32));
        Assert.Equal(8, (int)((byte*)&value.pointer - (byte*)&value));
        Assert.Equal(8, sizeof(FwpUclnt.FWP_V4_ADDR_AND_MASK));
        FwpUclnt.FWP_V4_ADDR_AND_MASK v4 = default;
        Assert.Equal(4, Offset(ref v4, ref v4.mask));
        Assert.Equal(17, sizeof(FwpUclnt.FWP_V6_ADDR_AND_MASK));
        FwpUclnt.FWP_V6_ADDR_AND_MASK v6 = default;
        Assert.Equal(16, Offset(ref v6, ref v6.prefixLength));
        Assert.Equal(16, sizeof(FwpUclnt.FWPM_DISPLAY_DATA0));
        FwpUclnt.FWPM_DISPLAY_DATA0 display = default;
        Assert.Equal(8, (int)((byte*)&display.description - (byte*)&display));
    }

    [Fact]
    public void A_filter_has_the_layout_of_the_headers()
    {
        Assert.Equal(20, sizeof(FwpUclnt.FWPM_ACTION0));
        FwpUclnt.FWPM_ACTION0 action = default;
        Assert.Equal(4, Offset(ref action, ref action.filterType));
        Assert.Equal(40, sizeof(FwpUclnt.FWPM_FILTER_CONDITION0));
        FwpUclnt.FWPM_FILTER_CONDITION0 condition = default;
        Assert.Equal(16, Offset(ref condition, ref condition.matchType));
        Assert.Equal(24, Offset(ref condition, ref condition.conditionValue));
        Assert.Equal(200, sizeof(FwpUclnt.FWPM_FILTER0));
        FwpUclnt.FWPM_FILTER0 filter = default;
        Assert.Equal(0, Offset(ref filter, ref filter.filterKey));
        Assert.Equal(16, Offset(ref filter, ref filter.displayData));
        Assert.Equal(32, Offset(ref filter, ref filter.flags));
        Assert.Equal(40, (int)((byte*)&filter.providerKey - (byte*)&filter));
        Assert.Equal(48, Offset(ref filter, ref filter.providerData));
        Assert.Equal(64, Offset(ref filter, ref filter.layerKey));
        Assert.Equal(80, Offset(ref filter, ref filter.subLayerKey));
        Assert.Equal(96, Offset(ref filter, ref filter.weight));
        Assert.Equal(112, Offset(ref filter, ref filter.numFilterConditions));
        Assert.Equal(120, (int)((byte*)&filter.filterCondition - (byte*)&filter));
        Assert.Equal(128, Offset(ref filter, ref filter.action));
        Assert.Equal(152, Offset(ref filter, ref filter.context.rawContext));
        Assert.Equal(152, Offset(ref filter, ref filter.context.providerContextKey));
        Assert.Equal(168, (int)((byte*)&filter.reserved - (byte*)&filter));
        Assert.Equal(176, Offset(ref filter, ref filter.filterId));
        Assert.Equal(184, Offset(ref filter, ref filter.effectiveWeight));
    }

    [Fact]
    public void Providers_sublayers_and_sessions_have_the_layout_of_the_headers()
    {
        Assert.Equal(64, sizeof(FwpUclnt.FWPM_PROVIDER0));
        FwpUclnt.FWPM_PROVIDER0 provider = default;
        Assert.Equal(16, Offset(ref provider, ref provider.displayData));
        Assert.Equal(32, Offset(ref provider, ref provider.flags));
        Assert.Equal(40, Offset(ref provider, ref provider.providerData));
        Assert.Equal(56, (int)((byte*)&provider.serviceName - (byte*)&provider));
        Assert.Equal(72, sizeof(FwpUclnt.FWPM_SUBLAYER0));
        FwpUclnt.FWPM_SUBLAYER0 sublayer = default;
        Assert.Equal(16, Offset(ref sublayer, ref sublayer.displayData));
        Assert.Equal(32, Offset(ref sublayer, ref sublayer.flags));
        Assert.Equal(40, (int)((byte*)&sublayer.providerKey - (byte*)&sublayer));
        Assert.Equal(48, Offset(ref sublayer, ref sublayer.providerData));
        Assert.Equal(64, Offset(ref sublayer, ref sublayer.weight));
        Assert.Equal(72, sizeof(FwpUclnt.FWPM_SESSION0));
        FwpUclnt.FWPM_SESSION0 session = default;
        Assert.Equal(16, Offset(ref session, ref session.displayData));
        Assert.Equal(32, Offset(ref session, ref session.flags));
        Assert.Equal(36, Offset(ref session, ref session.txnWaitTimeoutInMSec));
        Assert.Equal(40, Offset(ref session, ref session.processId));
        Assert.Equal(48, (int)((byte*)&session.sid - (byte*)&session));
        Assert.Equal(56, (int)((byte*)&session.username - (byte*)&session));
        Assert.Equal(64, Offset(ref session, ref session.kernelMode));
    }

    [Fact]
    public void Values_are_those_of_the_headers()
    {
        Assert.Equal(
            [1, 2, 3, 4, 0xC, 0xE, 0x100, 0x101],
            [
                FwpUclnt.FWP_UINT8, FwpUclnt.FWP_UINT16, FwpUclnt.FWP_UINT32, FwpUclnt.FWP_UINT64, FwpUclnt.FWP_BYTE_BLOB_TYPE,
                FwpUclnt.FWP_SECURITY_DESCRIPTOR_TYPE, FwpUclnt.FWP_V4_ADDR_MASK, FwpUclnt.FWP_V6_ADDR_MASK,
            ]);
        Assert.Equal([0, 6], [FwpUclnt.FWP_MATCH_EQUAL, FwpUclnt.FWP_MATCH_FLAGS_ALL_SET]);
        Assert.Equal([0x1001u, 0x1002u, 1u, 1u], [FwpUclnt.FWP_ACTION_BLOCK, FwpUclnt.FWP_ACTION_PERMIT, FwpUclnt.FWP_CONDITION_FLAG_IS_LOOPBACK, FwpUclnt.FWP_ACTRL_MATCH_FILTER]);
        Assert.Equal([1u, 8u, 1u, 1u], [FwpUclnt.FWPM_FILTER_FLAG_PERSISTENT, FwpUclnt.FWPM_FILTER_FLAG_CLEAR_ACTION_RIGHT, FwpUclnt.FWPM_PROVIDER_FLAG_PERSISTENT, FwpUclnt.FWPM_SUBLAYER_FLAG_PERSISTENT]);
        Assert.Equal(
            [0x80320003u, 0x80320005u, 0x80320007u, 0x8032000Au],
            [FwpUclnt.FWP_E_FILTER_NOT_FOUND, FwpUclnt.FWP_E_PROVIDER_NOT_FOUND, FwpUclnt.FWP_E_SUBLAYER_NOT_FOUND, FwpUclnt.FWP_E_IN_USE]);
        Assert.Equal([10u, 1722u, 1753u, 1764u], [FwpUclnt.RPC_C_AUTHN_WINNT, FwpUclnt.RPC_S_SERVER_UNAVAILABLE, FwpUclnt.EPT_S_NOT_REGISTERED, FwpUclnt.RPC_S_CANNOT_SUPPORT]);
    }

    /// <summary>The first member is a UINT32, the second two UINT16, the rest bytes: a mistake in one would name another layer.</summary>
    [Fact]
    public void Keys_have_the_bytes_of_the_headers()
    {
        Assert.Equal([0xD1, 0x57, 0x8D, 0xC3, 0xA7, 0x05, 0x33, 0x4C, 0x90, 0x4F, 0x7F, 0xBC, 0xEE, 0xE6, 0x0E, 0x82], FwpUclnt.FWPM_LAYER_ALE_AUTH_CONNECT_V4.ToByteArray());
        Assert.Equal(
            [
                "c38d57d1-05a7-4c33-904f-7fbceee60e82", "4a72393b-319f-44bc-84c3-ba54dcb3b6b4", "e1cd9fe7-f4b5-4273-96c0-592e487b8650", "a3b42c97-9f04-4672-b87e-cee9c483257f",
                "a82acc24-4ee1-4ee1-b465-fd1d25cb10a4", "7b964818-19c7-493a-b71f-832c3684d28c", "632ce23b-5167-435c-86d7-e903684aa80c", "4cd62a49-59c3-4969-b7f3-bda5d32890a4",
                "1076b8a5-6323-4c5e-9810-e8d3fc9e6136", "d9ee00de-c1ef-4617-bfe3-ffd8f5a08957", "b235ae9a-1d64-49b8-a44c-5ff3d9095045",
                "2d79133b-b390-45c6-8699-acaceaafed33", "3971ef2b-623e-4f9a-8cb1-6e79b806b9a7", "0c1ba1af-5765-453f-af22-a8f791ac775b", "c35a604d-d22b-4e1a-91b4-68f674ee674b",
                "d78e1e87-8644-4ea5-9437-d809ecefc971", "af043a0a-b34d-4f86-979c-c90371af6e66",
            ],
            new[]
            {
                FwpUclnt.FWPM_LAYER_ALE_AUTH_CONNECT_V4, FwpUclnt.FWPM_LAYER_ALE_AUTH_CONNECT_V6, FwpUclnt.FWPM_LAYER_ALE_AUTH_RECV_ACCEPT_V4, FwpUclnt.FWPM_LAYER_ALE_AUTH_RECV_ACCEPT_V6,
                FwpUclnt.FWPM_LAYER_IPFORWARD_V4, FwpUclnt.FWPM_LAYER_IPFORWARD_V6, FwpUclnt.FWPM_CONDITION_FLAGS, FwpUclnt.FWPM_CONDITION_IP_LOCAL_INTERFACE,
                FwpUclnt.FWPM_CONDITION_IP_FORWARD_INTERFACE, FwpUclnt.FWPM_CONDITION_IP_LOCAL_ADDRESS, FwpUclnt.FWPM_CONDITION_IP_REMOTE_ADDRESS,
                FwpUclnt.FWPM_CONDITION_IP_DESTINATION_ADDRESS, FwpUclnt.FWPM_CONDITION_IP_PROTOCOL, FwpUclnt.FWPM_CONDITION_IP_LOCAL_PORT, FwpUclnt.FWPM_CONDITION_IP_REMOTE_PORT,
                FwpUclnt.FWPM_CONDITION_ALE_APP_ID, FwpUclnt.FWPM_CONDITION_ALE_USER_ID,
            }.Select(static key => key.ToString()));
    }

    private static int Offset<TStruct, TField>(ref TStruct start, ref TField field) where TStruct : struct where TField : unmanaged =>
        (int)Unsafe.ByteOffset(ref Unsafe.As<TStruct, byte>(ref start), ref Unsafe.As<TField, byte>(ref field));
}
