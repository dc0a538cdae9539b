using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>The service control manager, for those that install and control services: <c>winsvc.h</c>.</summary>
/// <remarks>References: Microsoft's pages CreateServiceW, ChangeServiceConfig2W, QueryServiceStatusEx, EnumServicesStatusExW. A BOOL is an int: 0 is failure. Layouts are those of 64-bit Windows.</remarks>
internal static unsafe partial class Advapi32
{
    private const string Library = "advapi32.dll";

    public const uint SC_MANAGER_CONNECT = 0x1, SC_MANAGER_CREATE_SERVICE = 0x2, SC_MANAGER_ENUMERATE_SERVICE = 0x4;
    public const uint SERVICE_QUERY_CONFIG = 0x1, SERVICE_CHANGE_CONFIG = 0x2, SERVICE_QUERY_STATUS = 0x4, SERVICE_START = 0x10, SERVICE_STOP = 0x20, DELETE = 0x10000;
    public const uint SERVICE_WIN32_OWN_PROCESS = 0x10, SERVICE_AUTO_START = 2, SERVICE_DEMAND_START = 3, SERVICE_ERROR_NORMAL = 1;
    public const uint SERVICE_STOPPED = 1, SERVICE_START_PENDING = 2, SERVICE_STOP_PENDING = 3, SERVICE_RUNNING = 4;
    public const uint SERVICE_ACCEPT_STOP = 0x1, SERVICE_ACCEPT_PARAMCHANGE = 0x8, SERVICE_ACCEPT_PRESHUTDOWN = 0x100;
    public const uint SERVICE_CONTROL_STOP = 1, SERVICE_CONTROL_INTERROGATE = 4, SERVICE_CONTROL_PARAMCHANGE = 6, SERVICE_CONTROL_PRESHUTDOWN = 15;
    public const uint SERVICE_CONFIG_DESCRIPTION = 1, SERVICE_CONFIG_FAILURE_ACTIONS = 2, SERVICE_CONFIG_FAILURE_ACTIONS_FLAG = 4, SERVICE_CONFIG_SERVICE_SID_INFO = 5,
        SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO = 6, SERVICE_CONFIG_PRESHUTDOWN_INFO = 7;
    public const uint SERVICE_SID_TYPE_UNRESTRICTED = 1, SC_ACTION_RESTART = 1;
    public const uint SERVICE_STATE_ALL = 3;

    public const int ERROR_FAILED_SERVICE_CONTROLLER_CONNECT = 1063, ERROR_SERVICE_SPECIFIC_ERROR = 1066, ERROR_SERVICE_DOES_NOT_EXIST = 1060, ERROR_SERVICE_NOT_ACTIVE = 1062, ERROR_SERVICE_NEVER_STARTED = 1077,
        ERROR_SERVICE_ALREADY_RUNNING = 1056, ERROR_SERVICE_MARKED_FOR_DELETE = 1072, ERROR_INVALID_SERVICE_CONTROL = 1052, ERROR_SERVICE_CANNOT_ACCEPT_CTRL = 1061;

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint OpenSCManagerW(char* machine, char* database, uint access);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint CreateServiceW(
        nint manager, char* name, char* displayName, uint access, uint type, uint start, uint errorControl, char* commandLine, char* group, uint* tag, char* dependencies, char* account, char* password);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint OpenServiceW(nint manager, char* name, uint access);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int StartServiceW(nint service, uint count, char** arguments);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int ControlService(nint service, uint control, SERVICE_STATUS* status);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int DeleteService(nint service);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int CloseServiceHandle(nint handle);

    /// <summary>Level 0 (SC_STATUS_PROCESS_INFO) fills a <see cref="SERVICE_STATUS_PROCESS"/>.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial int QueryServiceStatusEx(nint service, int level, byte* buffer, uint size, uint* needed);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int QueryServiceConfigW(nint service, QUERY_SERVICE_CONFIGW* buffer, uint size, uint* needed);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int ChangeServiceConfigW(
        nint service, uint type, uint start, uint errorControl, char* commandLine, char* group, uint* tag, char* dependencies, char* account, char* password, char* displayName);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int ChangeServiceConfig2W(nint service, uint level, void* information);

    /// <summary>Level 0 (SC_ENUM_PROCESS_INFO) fills <see cref="ENUM_SERVICE_STATUS_PROCESSW"/> one behind the other, and the strings behind them.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial int EnumServicesStatusExW(nint manager, int level, uint type, uint state, byte* buffer, uint size, uint* needed, uint* count, uint* resume, char* group);

    /// <summary>28 bytes.</summary>
    public struct SERVICE_STATUS
    {
        public uint dwServiceType, dwCurrentState, dwControlsAccepted, dwWin32ExitCode, dwServiceSpecificExitCode, dwCheckPoint, dwWaitHint;
    }

    /// <summary>36 bytes.</summary>
    public struct SERVICE_STATUS_PROCESS
    {
        public uint dwServiceType, dwCurrentState, dwControlsAccepted, dwWin32ExitCode, dwServiceSpecificExitCode, dwCheckPoint, dwWaitHint, dwProcessId, dwServiceFlags;
    }

    /// <summary>56 bytes.</summary>
    public struct ENUM_SERVICE_STATUS_PROCESSW
    {
        public char* lpServiceName;
        public char* lpDisplayName;
        public SERVICE_STATUS_PROCESS ServiceStatusProcess;
    }

    /// <summary>64 bytes.</summary>
    public struct QUERY_SERVICE_CONFIGW
    {
        public uint dwServiceType, dwStartType, dwErrorControl;
        public char* lpBinaryPathName;
        public char* lpLoadOrderGroup;
        public uint dwTagId;
        public char* lpDependencies;
        public char* lpServiceStartName;
        public char* lpDisplayName;
    }

    /// <summary>8 bytes.</summary>
    public struct SERVICE_DESCRIPTIONW
    {
        public char* lpDescription;
    }

    /// <summary>40 bytes.</summary>
    public struct SERVICE_FAILURE_ACTIONSW
    {
        public uint dwResetPeriod;
        public char* lpRebootMsg;
        public char* lpCommand;
        public uint cActions;
        public SC_ACTION* lpsaActions;
    }

    /// <summary>8 bytes; the delay is in milliseconds.</summary>
    public struct SC_ACTION
    {
        public uint Type, Delay;
    }

    /// <summary>8 bytes: names that each end with a zero, and one more zero.</summary>
    public struct SERVICE_REQUIRED_PRIVILEGES_INFOW
    {
        public char* pmszRequiredPrivileges;
    }
}
