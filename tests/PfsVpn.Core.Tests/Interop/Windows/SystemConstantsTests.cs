using PfsVpn.Interop.Windows;

namespace PfsVpn.Tests.Interop.Windows;

/// <summary>Values as a C program that is compiled with the Windows SDK's headers prints them.</summary>
public sealed class SystemConstantsTests
{
    [Fact]
    public void Memory()
    {
        Assert.Equal(0x1000u, Kernel32.MEM_COMMIT);
        Assert.Equal(0x2000u, Kernel32.MEM_RESERVE);
        Assert.Equal(0x8000u, Kernel32.MEM_RELEASE);
        Assert.Equal(1u, Kernel32.PAGE_NOACCESS);
        Assert.Equal(4u, Kernel32.PAGE_READWRITE);
        Assert.Equal(8, Kernel32.ERROR_NOT_ENOUGH_MEMORY);
        Assert.Equal(0x5AD, Kernel32.ERROR_WORKING_SET_QUOTA);
        Assert.Equal(2u, BCrypt.BCRYPT_USE_SYSTEM_PREFERRED_RNG);
    }

    [Fact]
    public void Waiting()
    {
        Assert.Equal(uint.MaxValue, Kernel32.INFINITE);
        Assert.Equal(0u, Kernel32.WAIT_OBJECT_0);
        Assert.Equal(0x102u, Kernel32.WAIT_TIMEOUT);
        Assert.Equal(1u, Kernel32.CREATE_WAITABLE_TIMER_MANUAL_RESET);
        Assert.Equal(2u, Kernel32.CREATE_WAITABLE_TIMER_HIGH_RESOLUTION);
        Assert.Equal(0x100000u, Kernel32.SYNCHRONIZE);
        Assert.Equal(2u, Kernel32.TIMER_MODIFY_STATE);
    }

    [Fact]
    public void Clocks() => Assert.Equal(Kernel32.UnixEpochInFileTime, DateTime.UnixEpoch.ToFileTimeUtc());

    [Fact]
    public void Power()
    {
        Assert.Equal(2u, PowrProf.DEVICE_NOTIFY_CALLBACK);
        Assert.Equal(4u, PowrProf.PBT_APMSUSPEND);
        Assert.Equal(7u, PowrProf.PBT_APMRESUMESUSPEND);
        Assert.Equal(0x12u, PowrProf.PBT_APMRESUMEAUTOMATIC);
    }

    [Fact]
    public void Libraries()
    {
        Assert.Equal(0x800u, Kernel32.LOAD_LIBRARY_SEARCH_SYSTEM32);
        Assert.Equal(2u, WinTrust.WTD_UI_NONE);
        Assert.Equal(0u, WinTrust.WTD_REVOKE_NONE);
        Assert.Equal(1u, WinTrust.WTD_CHOICE_FILE);
        Assert.Equal(1u, WinTrust.WTD_STATEACTION_VERIFY);
        Assert.Equal(2u, WinTrust.WTD_STATEACTION_CLOSE);
        Assert.Equal(0x1000u, WinTrust.WTD_CACHE_ONLY_URL_RETRIEVAL);
        Assert.Equal(unchecked((int)0x800B0100), WinTrust.TRUST_E_NOSIGNATURE);
        Assert.Equal(Guid.Parse("00aac56b-cd44-11d0-8cc2-00c04fc295ee"), WinTrust.WINTRUST_ACTION_GENERIC_VERIFY_V2);
    }

    [Fact]
    public void Pipes()
    {
        Assert.Equal(-1, Kernel32.INVALID_HANDLE_VALUE);
        Assert.Equal(3u, Kernel32.PIPE_ACCESS_DUPLEX);
        Assert.Equal(0x80000u, Kernel32.FILE_FLAG_FIRST_PIPE_INSTANCE);
        Assert.Equal(0x40000000u, Kernel32.FILE_FLAG_OVERLAPPED);
        Assert.Equal(0u, Kernel32.PIPE_TYPE_BYTE | Kernel32.PIPE_READMODE_BYTE | Kernel32.PIPE_WAIT);
        Assert.Equal(8u, Kernel32.PIPE_REJECT_REMOTE_CLIENTS);
        Assert.Equal(255u, Kernel32.PIPE_UNLIMITED_INSTANCES);
        Assert.Equal(1u, Advapi32.SDDL_REVISION_1);
    }

    [Fact]
    public void Errors()
    {
        Assert.Equal(5, Kernel32.ERROR_ACCESS_DENIED);
        Assert.Equal(0x26, Kernel32.ERROR_HANDLE_EOF);
        Assert.Equal(0x6D, Kernel32.ERROR_BROKEN_PIPE);
        Assert.Equal(0x79, Kernel32.ERROR_SEM_TIMEOUT);
        Assert.Equal(0xE7, Kernel32.ERROR_PIPE_BUSY);
        Assert.Equal(0xE8, Kernel32.ERROR_NO_DATA);
        Assert.Equal(0xE9, Kernel32.ERROR_PIPE_NOT_CONNECTED);
        Assert.Equal(0x217, Kernel32.ERROR_PIPE_CONNECTED);
        Assert.Equal(0x3E3, Kernel32.ERROR_OPERATION_ABORTED);
        Assert.Equal(0x3E5, Kernel32.ERROR_IO_PENDING);
        Assert.Equal(0x51B, Kernel32.ERROR_INVALID_OWNER);
        Assert.Equal(0x522, Kernel32.ERROR_PRIVILEGE_NOT_HELD);
    }

    [Fact]
    public void Privileges()
    {
        Assert.Equal(8u, Advapi32.TOKEN_QUERY);
        Assert.Equal(0x20u, Advapi32.TOKEN_ADJUST_PRIVILEGES);
        Assert.Equal(2u, Advapi32.SE_PRIVILEGE_ENABLED);
        Assert.Equal("SeRestorePrivilege", Advapi32.SE_RESTORE_NAME);
    }
}
