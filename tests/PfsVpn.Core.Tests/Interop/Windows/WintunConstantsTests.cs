using System.Reflection;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Tests.Interop.Windows;

/// <summary>The values of wintun.h 0.14.1 and of winerror.h.</summary>
public sealed class WintunConstantsTests
{
    [Fact]
    public void The_constants_are_those_of_the_headers()
    {
        Assert.Equal(128, Wintun.MAX_ADAPTER_NAME);
        Assert.Equal(128u * 1024, Wintun.WINTUN_MIN_RING_CAPACITY);
        Assert.Equal(64u * 1024 * 1024, Wintun.WINTUN_MAX_RING_CAPACITY);
        Assert.Equal(65535, Wintun.WINTUN_MAX_IP_PACKET_SIZE);
        Assert.Equal((0, 1, 2), (Wintun.WINTUN_LOG_INFO, Wintun.WINTUN_LOG_WARN, Wintun.WINTUN_LOG_ERR));
        Assert.Equal((13, 38, 259, 111), (Wintun.ERROR_INVALID_DATA, Wintun.ERROR_HANDLE_EOF, Wintun.ERROR_NO_MORE_ITEMS, Wintun.ERROR_BUFFER_OVERFLOW));
        Assert.Equal((2, 5, 52, 183, 1150), (Wintun.ERROR_FILE_NOT_FOUND, Wintun.ERROR_ACCESS_DENIED, Wintun.ERROR_DUP_NAME, Wintun.ERROR_ALREADY_EXISTS, Wintun.ERROR_OLD_WIN_VERSION));
        Assert.Equal((2u, 50u, 87u, 1168u), (IpHlpApi.ERROR_FILE_NOT_FOUND, IpHlpApi.ERROR_NOT_SUPPORTED, IpHlpApi.ERROR_INVALID_PARAMETER, IpHlpApi.ERROR_NOT_FOUND));
        Assert.Equal((0, 1, 2, 3), (IpHlpApi.MibParameterNotification, IpHlpApi.MibAddInstance, IpHlpApi.MibDeleteInstance, IpHlpApi.MibInitialNotification));
        Assert.Equal(256, IpHlpApi.NDIS_IF_MAX_STRING_SIZE);
    }

    [Fact]
    public void The_whole_interface_is_bound()
    {
        string[] all =
        [
            "WintunAllocateSendPacket", "WintunCloseAdapter", "WintunCreateAdapter", "WintunDeleteDriver", "WintunEndSession", "WintunGetAdapterLUID", "WintunGetReadWaitEvent",
            "WintunGetRunningDriverVersion", "WintunOpenAdapter", "WintunReceivePacket", "WintunReleaseReceivePacket", "WintunSendPacket", "WintunSetLogger", "WintunStartSession",
        ];
        var bound = typeof(Wintun).GetMethods(BindingFlags.Public | BindingFlags.Static).Select(method => method.Name).Where(name => name != "Load").Order(StringComparer.Ordinal);
        Assert.Equal(all, bound);
    }

    [Fact]
    public void A_library_that_is_missing_is_missed_by_each_function_and_named()
    {
        for (var attempt = 0; attempt < 2; attempt++)
        {
            Assert.Contains("wintun.dll is missing", Assert.Throws<DllNotFoundException>(Wintun.Load).Message, StringComparison.Ordinal);
            Assert.Contains("wintun.dll is missing", Assert.Throws<DllNotFoundException>(static () => Wintun.WintunGetRunningDriverVersion()).Message, StringComparison.Ordinal);
        }
    }
}
