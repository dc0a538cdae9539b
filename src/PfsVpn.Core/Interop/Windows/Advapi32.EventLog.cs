using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>The event log: <c>winbase.h</c>.</summary>
/// <remarks>References: Microsoft's pages RegisterEventSourceW, ReportEventW. A BOOL is an int: 0 is failure.</remarks>
internal static unsafe partial class Advapi32
{
    public const ushort EVENTLOG_ERROR_TYPE = 1, EVENTLOG_WARNING_TYPE = 2, EVENTLOG_INFORMATION_TYPE = 4;

    /// <summary>0 on failure.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial nint RegisterEventSourceW(char* server, char* source);

    /// <summary>At most 31,839 characters a string.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial int ReportEventW(nint log, ushort type, ushort category, uint eventId, void* userSid, ushort stringCount, uint dataSize, char** strings, void* data);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int DeregisterEventSource(nint log);
}
