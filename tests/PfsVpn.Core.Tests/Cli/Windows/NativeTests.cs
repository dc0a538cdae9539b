using System.Buffers.Binary;
using PfsVpn.Cli;
using PfsVpn.Cli.Windows;
using PfsVpn.Cli.Windows.Native;
using PfsVpn.Configuration;
using PfsVpn.Interop.Windows;
using PfsVpn.Packets;

namespace PfsVpn.Tests.Cli.Windows;

/// <summary>What the command line makes of Windows' errors, names, modes and descriptors: nothing of it needs Windows.</summary>
public sealed class NativeTests
{
    [Theory]
    [InlineData(2, NativeFile.ENOENT)]
    [InlineData(3, NativeFile.ENOENT)]
    [InlineData(5, NativeFile.EACCES)]
    [InlineData(87, NativeFile.EINVAL)]
    [InlineData(109, NativeFile.EPIPE)]
    [InlineData(232, NativeFile.EPIPE)]
    [InlineData(233, NativeFile.EPIPE)]
    public void An_error_that_an_errno_stands_for_becomes_it(int error, int errno) => Assert.Equal(errno, WindowsError.Of(error));

    [Fact]
    public void Another_error_is_no_errno_of_a_daemon()
    {
        Assert.True(WindowsError.Of(231) > 4096);
        Assert.NotEqual(WindowsError.Of(231), WindowsError.Of(1326));
    }

    [Theory]
    [InlineData(NativeFile.EADDRINUSE, "Address already in use")]
    [InlineData(NativeFile.ENODEV, "No such device")]
    [InlineData(95, "Operation not supported")]
    [InlineData(4000, "error 4000")]
    public void What_a_daemon_answers_has_the_words_that_it_has_on_Linux(int errno, string words) => Assert.Equal(words, WindowsError.Describe(errno));

    [Fact]
    public void The_words_for_an_errno_are_those_of_Linux()
    {
        foreach (var errno in (ReadOnlySpan<int>)[1, 2, 5, 6, 9, 11, 12, 13, 16, 17, 19, 20, 21, 22, 24, 27, 28, 32, 34, 36, 71, 92, 95, 97, 98, 99, 100, 101, 104, 105, 108, 110, 111, 113])
            Assert.Equal(NativeFile.Describe(errno), WindowsError.Describe(errno));
    }

    [Theory]
    [InlineData(Ws2_32.WSAHOST_NOT_FOUND, NativeResolver.EAI_NONAME)]
    [InlineData(Ws2_32.WSATRY_AGAIN, NativeResolver.EAI_AGAIN)]
    [InlineData(Ws2_32.WSANO_RECOVERY, NativeResolver.EAI_FAIL)]
    [InlineData(Ws2_32.WSANO_DATA, NativeResolver.EAI_NODATA)]
    [InlineData(Ws2_32.WSATYPE_NOT_FOUND, NativeResolver.EAI_SERVICE)]
    [InlineData(10050, 10050)]
    public void Errors_of_look_ups_are_those_of_the_C_library(int error, int expected) => Assert.Equal(expected, WindowsNames.ErrorOf(error));

    [Theory]
    [InlineData(NativeResolver.EAI_NONAME)]
    [InlineData(NativeResolver.EAI_AGAIN)]
    [InlineData(NativeResolver.EAI_FAIL)]
    [InlineData(NativeResolver.EAI_NODATA)]
    [InlineData(NativeResolver.EAI_SERVICE)]
    [InlineData(NativeResolver.EAI_ADDRFAMILY)]
    public void Errors_of_look_ups_have_the_words_of_the_C_library(int error) => Assert.Equal(NativeResolver.Describe(error), WindowsNames.Describe(error));

    [Fact]
    public void Addresses_of_Winsock_are_read()
    {
        byte[] v4 = [2, 0, 0xCA, 0x6C, 192, 0, 2, 7, 0, 0, 0, 0, 0, 0, 0, 0];
        Assert.True(WindowsNames.TryRead(2, v4, out var endpoint));
        Assert.Equal("192.0.2.7:51820", NativeResolver.Format(endpoint));
        var v6 = new byte[28];
        BinaryPrimitives.WriteUInt16BigEndian(v6.AsSpan(2), 51820);
        (v6[8], v6[9], v6[23], v6[24]) = (0xFE, 0x80, 1, 7);
        Assert.True(WindowsNames.TryRead(23, v6, out endpoint));
        Assert.Equal((51820, 7u), (endpoint.Port, endpoint.ScopeId));
        Assert.Equal("fe80::1", endpoint.Address.ToString());
        Assert.False(WindowsNames.TryRead(1, v6, out _));
    }

    /// <summary>On Windows the framework formats addresses, on Linux the C library, as wg does.</summary>
    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("fd00::1:0:0:1")]
    [InlineData("2001:db8:0:1:1:1:1:1")]
    [InlineData("2001:db8::1:0:0:1")]
    [InlineData("::ffff:192.0.2.1")]
    public void Addresses_are_written_alike_on_both_systems(string text)
    {
        Assert.True(IpAddress.TryParse(text, out var address));
        Assert.Equal(NativeResolver.Format(address), address.ToString());
    }

    [Fact]
    public void Single_keys_come_without_echo_and_Ctrl_C_stays_a_signal()
    {
        const uint Usual = 0x1F7;
        Assert.Equal(0x3B1u, WindowsTerminal.RawInput(Usual));
    }

    [Fact]
    public void Interfaces_are_found_among_all_pipes()
    {
        string[] pipes =
        [
            @"\\.\pipe\lsass", @"\\.\pipe\ProtectedPrefix\Administrators\WireGuard\wg0", @"\\.\pipe\protectedprefix\administrators\wireguard\Home",
            @"\\.\pipe\ProtectedPrefix\Administrators\WireGuard\", @"\\.\pipe\ProtectedPrefix\Administrators\Other\wg1",
        ];
        Assert.Equal(["wg0", "Home"], ControlPipe.NamesOf(pipes, ControlPipe.PathOf(ControlPipe.DefaultPrefix, "")));
        Assert.Equal(@"\\.\pipe\test\wg0", ControlPipe.PathOf(@"\\.\pipe\test", "wg0"));
        Assert.Equal(PfsVpn.Runtime.ControlPipePlace.System.NameOf("wg0"), ControlPipe.PathOf(ControlPipe.DefaultPrefix, "wg0"));
    }

    [Theory]
    [InlineData("wg0", false)]
    [InlineData("console", false)]
    [InlineData("com", false)]
    [InlineData("com10", false)]
    [InlineData("con", true)]
    [InlineData("NUL.office", true)]
    [InlineData("COM1", true)]
    [InlineData("lpt9", true)]
    [InlineData("office.", true)]
    public void Names_that_Windows_takes_for_a_device_are_none_for_a_tunnel(string name, bool isDevice) => Assert.Equal(isDevice, TunnelFile.IsDeviceOfWindows(name));

    [Fact]
    public void A_sealed_file_is_for_the_interface_of_its_name()
    {
        Assert.Equal("wg0", TunnelFile.InterfaceOf("/x/wg0.conf.dpapi"));
        Assert.Equal("wg0", TunnelFile.InterfaceOf("/x/wg0.conf"));
        Assert.Null(TunnelFile.InterfaceOf("/x/wg0.dpapi"));
        Assert.Equal("wg0", ProtectedFile.NameOf("/x/wg0.conf.dpapi"));
    }

    [Fact]
    public void Places_are_below_ProgramData_and_for_the_system_and_administrators_alone()
    {
        Assert.Equal(@"C:\ProgramData\PfsVpn", WindowsPlaces.RootIn(@"C:\ProgramData"));
        // Owner and group administrators; nothing inherited; full access for the system and administrators, handed on in folders.
        Assert.Equal("O:BAG:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)", FileAccessList.PrivateFolder);
        Assert.Equal("O:BAG:BAD:PAI(A;;FA;;;SY)(A;;FA;;;BA)", FileAccessList.PrivateFile);
        Assert.Equal("D:PAI(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;S-1-5-21-1-2-3-1001)", FileAccessList.ForUser("S-1-5-21-1-2-3-1001", ""));
    }

    [Theory]
    [InlineData("DOTNET_EnableDiagnostics", false)]
    [InlineData("CORECLR_PROFILER", false)]
    [InlineData("complus_anything", false)]
    [InlineData("DOTNET_EnableAVX2", true)]
    [InlineData("DOTNET_TieredCompilation", true)]
    [InlineData("LOG_LEVEL", true)]
    [InlineData("Path", true)]
    public void The_daemon_gets_no_variable_that_lets_others_into_its_runtime(string variable, bool isKept) => Assert.Equal(isKept, WindowsDaemon.IsKept(variable));
}
