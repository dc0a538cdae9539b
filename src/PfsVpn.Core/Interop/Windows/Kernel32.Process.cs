using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>What a process does to itself: <c>processthreadsapi.h</c>, <c>errhandlingapi.h</c>, <c>werapi.h</c>, <c>debugapi.h</c>.</summary>
/// <remarks>References: Microsoft's pages SetProcessMitigationPolicy, SetErrorMode, WerSetFlags, CheckRemoteDebuggerPresent, TerminateProcess. A BOOL is an int: 0 is failure.</remarks>
internal static unsafe partial class Kernel32
{
    /// <summary>PROCESS_MITIGATION_POLICY. What is handed over with each of these is one DWORD of bits.</summary>
    public const int ProcessStrictHandleCheckPolicy = 3, ProcessExtensionPointDisablePolicy = 6, ProcessFontDisablePolicy = 9, ProcessImageLoadPolicy = 10,
        ProcessChildProcessPolicy = 13, ProcessSideChannelIsolationPolicy = 14, ProcessRedirectionTrustPolicy = 16;

    /// <summary>No dialog for critical errors, and no report of an unhandled exception: Windows Error Reporting is not called.</summary>
    public const uint SEM_FAILCRITICALERRORS = 0x1, SEM_NOGPFAULTERRORBOX = 0x2;

    /// <summary>No heap in a report.</summary>
    public const uint WER_FAULT_REPORTING_FLAG_NOHEAP = 1;

    public const uint PROCESS_QUERY_LIMITED_INFORMATION = 0x1000;

    [LibraryImport(Library, SetLastError = true)]
    public static partial int SetProcessMitigationPolicy(int policy, void* buffer, nuint length);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int GetProcessMitigationPolicy(nint process, int policy, void* buffer, nuint length);

    [LibraryImport(Library)]
    public static partial uint SetErrorMode(uint mode);

    [LibraryImport(Library)]
    public static partial uint GetErrorMode();

    /// <summary>Returns an HRESULT.</summary>
    [LibraryImport(Library)]
    public static partial int WerSetFlags(uint flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int CheckRemoteDebuggerPresent(nint process, int* present);

    /// <summary>Ends a process at once: no handler of any library runs.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial int TerminateProcess(nint process, uint exitCode);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint OpenProcess(uint access, int inherits, uint process);
}
