using PfsVpn.Interop.Windows;

namespace PfsVpn.Tests.Interop.Windows;

/// <summary>What the programs hand to Windows: services, consoles, jobs, tokens, protected data. Sizes and offsets as a C program prints them with the headers of Windows, x64.</summary>
public sealed unsafe class ProgramLayoutTests
{
    [Fact]
    public void Services_have_the_layout_of_winsvc_h()
    {
        Assert.Equal(28, sizeof(Advapi32.SERVICE_STATUS));
        Assert.Equal(36, sizeof(Advapi32.SERVICE_STATUS_PROCESS));
        Advapi32.SERVICE_STATUS_PROCESS process = default;
        Assert.Equal(28, (int)((byte*)&process.dwProcessId - (byte*)&process));
        Assert.Equal(56, sizeof(Advapi32.ENUM_SERVICE_STATUS_PROCESSW));
        Advapi32.ENUM_SERVICE_STATUS_PROCESSW entry = default;
        Assert.Equal(16, (int)((byte*)&entry.ServiceStatusProcess - (byte*)&entry));
        Assert.Equal(64, sizeof(Advapi32.QUERY_SERVICE_CONFIGW));
        Advapi32.QUERY_SERVICE_CONFIGW configuration = default;
        Assert.Equal(16, (int)((byte*)&configuration.lpBinaryPathName - (byte*)&configuration));
        Assert.Equal(32, (int)((byte*)&configuration.dwTagId - (byte*)&configuration));
        Assert.Equal(40, (int)((byte*)&configuration.lpDependencies - (byte*)&configuration));
        Assert.Equal(56, (int)((byte*)&configuration.lpDisplayName - (byte*)&configuration));
        Assert.Equal(16, sizeof(Advapi32.SERVICE_TABLE_ENTRYW));
        Advapi32.SERVICE_TABLE_ENTRYW table = default;
        Assert.Equal(8, (int)((byte*)&table.lpServiceProc - (byte*)&table));
    }

    [Fact]
    public void Settings_of_services_have_the_layout_of_winsvc_h()
    {
        Assert.Equal(8, sizeof(Advapi32.SERVICE_DESCRIPTIONW));
        Assert.Equal(8, sizeof(Advapi32.SERVICE_REQUIRED_PRIVILEGES_INFOW));
        Assert.Equal(8, sizeof(Advapi32.SC_ACTION));
        Assert.Equal(40, sizeof(Advapi32.SERVICE_FAILURE_ACTIONSW));
        Advapi32.SERVICE_FAILURE_ACTIONSW actions = default;
        Assert.Equal(24, (int)((byte*)&actions.cActions - (byte*)&actions));
        Assert.Equal(32, (int)((byte*)&actions.lpsaActions - (byte*)&actions));
    }

    [Fact]
    public void Consoles_jobs_tokens_names_and_blobs_have_the_layout_of_their_headers()
    {
        Assert.Equal(22, sizeof(Kernel32.CONSOLE_SCREEN_BUFFER_INFO));
        Kernel32.CONSOLE_SCREEN_BUFFER_INFO console = default;
        Assert.Equal(10, (int)((byte*)&console.WindowLeft - (byte*)&console));
        Assert.Equal(16, (int)((byte*)&console.WindowBottom - (byte*)&console));
        Assert.Equal(144, sizeof(Kernel32.JOBOBJECT_EXTENDED_LIMIT_INFORMATION));
        Kernel32.JOBOBJECT_EXTENDED_LIMIT_INFORMATION job = default;
        Assert.Equal(16, (int)((byte*)&job.LimitFlags - (byte*)&job));
        Assert.Equal(12, sizeof(Advapi32.LUID_AND_ATTRIBUTES));
        // TOKEN_PRIVILEGES with one is 16 bytes, and the first begins behind the number.
        Assert.Equal(16, TokenPrivileges.SizeOf(1));
        Assert.Equal(28, TokenPrivileges.SizeOf(2));
        Assert.Equal(16, sizeof(Crypt32.DATA_BLOB));
        Crypt32.DATA_BLOB blob = default;
        Assert.Equal(8, (int)((byte*)&blob.pbData - (byte*)&blob));
        Assert.Equal(48, sizeof(Ws2_32.ADDRINFOW));
        Ws2_32.ADDRINFOW name = default;
        Assert.Equal(16, (int)((byte*)&name.ai_addrlen - (byte*)&name));
        Assert.Equal(32, (int)((byte*)&name.ai_addr - (byte*)&name));
        Assert.Equal(40, (int)((byte*)&name.ai_next - (byte*)&name));
    }

    [Fact]
    public void Constants_of_services_are_those_of_winsvc_h()
    {
        Assert.Equal([1u, 2u, 4u], [Advapi32.SC_MANAGER_CONNECT, Advapi32.SC_MANAGER_CREATE_SERVICE, Advapi32.SC_MANAGER_ENUMERATE_SERVICE]);
        Assert.Equal([1u, 2u, 4u, 0x10u, 0x20u, 0x10000u],
            [Advapi32.SERVICE_QUERY_CONFIG, Advapi32.SERVICE_CHANGE_CONFIG, Advapi32.SERVICE_QUERY_STATUS, Advapi32.SERVICE_START, Advapi32.SERVICE_STOP, Advapi32.DELETE]);
        Assert.Equal([0x10u, 2u, 3u, 1u], [Advapi32.SERVICE_WIN32_OWN_PROCESS, Advapi32.SERVICE_AUTO_START, Advapi32.SERVICE_DEMAND_START, Advapi32.SERVICE_ERROR_NORMAL]);
        Assert.Equal([1u, 2u, 3u, 4u], [Advapi32.SERVICE_STOPPED, Advapi32.SERVICE_START_PENDING, Advapi32.SERVICE_STOP_PENDING, Advapi32.SERVICE_RUNNING]);
        Assert.Equal([1u, 8u, 0x100u], [Advapi32.SERVICE_ACCEPT_STOP, Advapi32.SERVICE_ACCEPT_PARAMCHANGE, Advapi32.SERVICE_ACCEPT_PRESHUTDOWN]);
        Assert.Equal([1u, 4u, 6u, 15u],
            [Advapi32.SERVICE_CONTROL_STOP, Advapi32.SERVICE_CONTROL_INTERROGATE, Advapi32.SERVICE_CONTROL_PARAMCHANGE, Advapi32.SERVICE_CONTROL_PRESHUTDOWN]);
        Assert.Equal([1u, 2u, 4u, 5u, 6u, 7u],
            [Advapi32.SERVICE_CONFIG_DESCRIPTION, Advapi32.SERVICE_CONFIG_FAILURE_ACTIONS, Advapi32.SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, Advapi32.SERVICE_CONFIG_SERVICE_SID_INFO,
                Advapi32.SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO, Advapi32.SERVICE_CONFIG_PRESHUTDOWN_INFO]);
        Assert.Equal([1u, 1u, 3u], [Advapi32.SERVICE_SID_TYPE_UNRESTRICTED, Advapi32.SC_ACTION_RESTART, Advapi32.SERVICE_STATE_ALL]);
        Assert.Equal([1063, 1066, 1060, 1062, 1077, 1056, 1072, 1052, 1061],
            [Advapi32.ERROR_FAILED_SERVICE_CONTROLLER_CONNECT, Advapi32.ERROR_SERVICE_SPECIFIC_ERROR, Advapi32.ERROR_SERVICE_DOES_NOT_EXIST, Advapi32.ERROR_SERVICE_NOT_ACTIVE, Advapi32.ERROR_SERVICE_NEVER_STARTED, Advapi32.ERROR_SERVICE_ALREADY_RUNNING,
                Advapi32.ERROR_SERVICE_MARKED_FOR_DELETE, Advapi32.ERROR_INVALID_SERVICE_CONTROL, Advapi32.ERROR_SERVICE_CANNOT_ACCEPT_CTRL]);
    }

    [Fact]
    public void Constants_of_processes_tokens_and_the_event_log_are_those_of_winnt_h()
    {
        Assert.Equal([3, 6, 9, 10, 13, 14, 16],
            [Kernel32.ProcessStrictHandleCheckPolicy, Kernel32.ProcessExtensionPointDisablePolicy, Kernel32.ProcessFontDisablePolicy, Kernel32.ProcessImageLoadPolicy, Kernel32.ProcessChildProcessPolicy,
                Kernel32.ProcessSideChannelIsolationPolicy, Kernel32.ProcessRedirectionTrustPolicy]);
        Assert.Equal([1u, 2u, 1u, 0x1000u], [Kernel32.SEM_FAILCRITICALERRORS, Kernel32.SEM_NOGPFAULTERRORBOX, Kernel32.WER_FAULT_REPORTING_FLAG_NOHEAP, Kernel32.PROCESS_QUERY_LIMITED_INFORMATION]);
        Assert.Equal((9, 0x2000u), (Kernel32.JobObjectExtendedLimitInformation, Kernel32.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE));
        Assert.Equal([2u, 4u, 4u], [Advapi32.TOKEN_DUPLICATE, Advapi32.TOKEN_IMPERSONATE, Advapi32.SE_PRIVILEGE_REMOVED]);
        Assert.Equal([1, 3, 2, 2, 22, 26], [Advapi32.TokenUser, Advapi32.TokenPrivileges, Advapi32.SecurityImpersonation, Advapi32.TokenImpersonation, Advapi32.WinLocalSystemSid, Advapi32.WinBuiltinAdministratorsSid]);
        Assert.Equal<ushort>([1, 2, 4], [Advapi32.EVENTLOG_ERROR_TYPE, Advapi32.EVENTLOG_WARNING_TYPE, Advapi32.EVENTLOG_INFORMATION_TYPE]);
        Assert.Equal((1, 1u, 1u), (Advapi32.SE_FILE_OBJECT, Advapi32.OWNER_SECURITY_INFORMATION, Crypt32.CRYPTPROTECT_UI_FORBIDDEN));
    }

    [Fact]
    public void Constants_of_files_consoles_and_names_are_those_of_their_headers()
    {
        Assert.Equal([0x80000000u, 0x40000000u, 4u], [Kernel32.GENERIC_READ, Kernel32.GENERIC_WRITE, Kernel32.FILE_APPEND_DATA]);
        Assert.Equal([1u, 2u, 4u, 3u, 4u], [Kernel32.FILE_SHARE_READ, Kernel32.FILE_SHARE_WRITE, Kernel32.FILE_SHARE_DELETE, Kernel32.OPEN_EXISTING, Kernel32.OPEN_ALWAYS]);
        Assert.Equal([0x02000000u, 0x00100000u, 0x00010000u], [Kernel32.FILE_FLAG_BACKUP_SEMANTICS, Kernel32.SECURITY_SQOS_PRESENT, Kernel32.SECURITY_IDENTIFICATION]);
        Assert.Equal([1u, 3u, 0xFFFFFFF6u, 0xFFFFFFF5u, 0xFFFFFFF4u, 1u, 2u],
            [Kernel32.FILE_TYPE_DISK, Kernel32.FILE_TYPE_PIPE, Kernel32.STD_INPUT_HANDLE, Kernel32.STD_OUTPUT_HANDLE, Kernel32.STD_ERROR_HANDLE, Kernel32.HANDLE_FLAG_INHERIT, Kernel32.LOCKFILE_EXCLUSIVE_LOCK]);
        Assert.Equal([1u, 2u, 4u, 0x40u, 0x80u, 0x200u],
            [Kernel32.ENABLE_PROCESSED_INPUT, Kernel32.ENABLE_LINE_INPUT, Kernel32.ENABLE_ECHO_INPUT, Kernel32.ENABLE_QUICK_EDIT_MODE, Kernel32.ENABLE_EXTENDED_FLAGS, Kernel32.ENABLE_VIRTUAL_TERMINAL_INPUT]);
        Assert.Equal([1u, 4u, 65001u], [Kernel32.ENABLE_PROCESSED_OUTPUT, Kernel32.ENABLE_VIRTUAL_TERMINAL_PROCESSING, Kernel32.CP_UTF8]);
        Assert.Equal([11001, 11002, 11003, 11004, 10109, 10047],
            [Ws2_32.WSAHOST_NOT_FOUND, Ws2_32.WSATRY_AGAIN, Ws2_32.WSANO_RECOVERY, Ws2_32.WSANO_DATA, Ws2_32.WSATYPE_NOT_FOUND, Ws2_32.WSAEAFNOSUPPORT]);
    }
}
