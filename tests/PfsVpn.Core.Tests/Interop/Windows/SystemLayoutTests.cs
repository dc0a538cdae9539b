using System.Runtime.CompilerServices;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Tests.Interop.Windows;

/// <summary>Sizes and offsets as a C program prints them with sizeof and offsetof on x64 and ARM64.</summary>
public sealed unsafe class SystemLayoutTests
{
    [Fact]
    public void Overlapped_calls_have_the_layout_of_the_headers()
    {
        Assert.Equal(32, sizeof(Kernel32.OVERLAPPED));
        Kernel32.OVERLAPPED call = default;
        Assert.Equal(8, Offset(ref call, ref call.InternalHigh));
        Assert.Equal(16, Offset(ref call, ref call.Offset));
        Assert.Equal(20, Offset(ref call, ref call.OffsetHigh));
        Assert.Equal(24, Offset(ref call, ref call.hEvent));
    }

    [Fact]
    public void Security_attributes_have_the_layout_of_the_headers()
    {
        Assert.Equal(24, sizeof(Kernel32.SECURITY_ATTRIBUTES));
        Kernel32.SECURITY_ATTRIBUTES security = default;
        Assert.Equal(8, Offset(ref security, ref security.lpSecurityDescriptor));
        Assert.Equal(16, Offset(ref security, ref security.bInheritHandle));
    }

    [Fact]
    public void Privileges_have_the_layout_of_the_headers()
    {
        Assert.Equal(8, sizeof(Advapi32.LUID));
        Assert.Equal(16, sizeof(Advapi32.TOKEN_PRIVILEGES));
        Advapi32.TOKEN_PRIVILEGES privileges = default;
        Assert.Equal(4, Offset(ref privileges, ref privileges.Privilege));
        Assert.Equal(12, Offset(ref privileges, ref privileges.Privilege.Attributes));
    }

    [Fact]
    public void Signatures_have_the_layout_of_the_headers()
    {
        Assert.Equal(32, sizeof(WinTrust.WINTRUST_FILE_INFO));
        WinTrust.WINTRUST_FILE_INFO file = default;
        Assert.Equal(16, Offset(ref file, ref file.hFile));
        Assert.Equal(8, (int)((byte*)&file.pcwszFilePath - (byte*)&file));
        Assert.Equal(24, (int)((byte*)&file.pgKnownSubject - (byte*)&file));
        Assert.Equal(88, sizeof(WinTrust.WINTRUST_DATA));
        WinTrust.WINTRUST_DATA data = default;
        Assert.Equal(24, Offset(ref data, ref data.dwUIChoice));
        Assert.Equal(28, Offset(ref data, ref data.fdwRevocationChecks));
        Assert.Equal(32, Offset(ref data, ref data.dwUnionChoice));
        Assert.Equal(40, (int)((byte*)&data.pFile - (byte*)&data));
        Assert.Equal(48, Offset(ref data, ref data.dwStateAction));
        Assert.Equal(56, Offset(ref data, ref data.hWVTStateData));
        Assert.Equal(64, (int)((byte*)&data.pwszURLReference - (byte*)&data));
        Assert.Equal(72, Offset(ref data, ref data.dwProvFlags));
        Assert.Equal(76, Offset(ref data, ref data.dwUIContext));
        Assert.Equal(80, Offset(ref data, ref data.pSignatureSettings));
    }

    [Fact]
    public void News_of_sleep_have_the_layout_of_the_headers()
    {
        Assert.Equal(16, sizeof(PowrProf.DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS));
        PowrProf.DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS recipient = default;
        Assert.Equal(8, Offset(ref recipient, ref recipient.Context));
    }

    private static int Offset<TStruct, TField>(ref TStruct start, ref TField field) where TStruct : unmanaged where TField : unmanaged =>
        (int)Unsafe.ByteOffset(ref Unsafe.As<TStruct, byte>(ref start), ref Unsafe.As<TField, byte>(ref field));
}
