using System.Runtime.CompilerServices;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Tests.Interop.Windows;

/// <summary>Sizes, offsets and values of what sets addresses, routes and name servers (netioapi.h, winerror.h), x64.</summary>
public sealed unsafe class IpHlpApiConfigurationLayoutTests
{
    [Fact]
    public void Settings_of_name_servers_have_the_layout_of_the_headers()
    {
        Assert.Equal(64, sizeof(IpHlpApi.DNS_INTERFACE_SETTINGS));
        IpHlpApi.DNS_INTERFACE_SETTINGS settings = default;
        Assert.Equal(0, Offset(ref settings, ref settings.Version));
        Assert.Equal(8, Offset(ref settings, ref settings.Flags));
        Assert.Equal(16, (int)((byte*)&settings.Domain - (byte*)&settings));
        Assert.Equal(24, (int)((byte*)&settings.NameServer - (byte*)&settings));
        Assert.Equal(32, (int)((byte*)&settings.SearchList - (byte*)&settings));
        Assert.Equal(40, Offset(ref settings, ref settings.RegistrationEnabled));
        Assert.Equal(44, Offset(ref settings, ref settings.RegisterAdapterName));
        Assert.Equal(48, Offset(ref settings, ref settings.EnableLLMNR));
        Assert.Equal(52, Offset(ref settings, ref settings.QueryAdapterName));
        Assert.Equal(56, (int)((byte*)&settings.ProfileNameServer - (byte*)&settings));
        Assert.Equal(1u, IpHlpApi.DNS_INTERFACE_SETTINGS_VERSION1);
        Assert.Equal([1ul, 2ul, 4ul], [IpHlpApi.DNS_SETTING_IPV6, IpHlpApi.DNS_SETTING_NAMESERVER, IpHlpApi.DNS_SETTING_SEARCHLIST]);
    }

    [Fact]
    public void What_is_read_of_a_link_stands_where_the_headers_say()
    {
        Assert.Equal([1352, 0, 28, 1124, 1156], [IpHlpApi.MIB_IF_ROW2_Size, IpHlpApi.MIB_IF_ROW2_InterfaceLuid, IpHlpApi.MIB_IF_ROW2_Alias, IpHlpApi.MIB_IF_ROW2_Mtu, IpHlpApi.MIB_IF_ROW2_OperStatus]);
        Assert.Equal(28 + (257 * sizeof(char)), IpHlpApi.MIB_IF_ROW2_Description);
        Assert.Equal(1, IpHlpApi.IfOperStatusUp);
        Assert.Equal([5u, 5010u], [IpHlpApi.ERROR_ACCESS_DENIED, IpHlpApi.ERROR_OBJECT_ALREADY_EXISTS]);
    }

    private static int Offset<TStruct, TField>(ref TStruct start, ref TField field) where TStruct : struct where TField : unmanaged =>
        (int)Unsafe.ByteOffset(ref Unsafe.As<TStruct, byte>(ref start), ref Unsafe.As<TField, byte>(ref field));
}
