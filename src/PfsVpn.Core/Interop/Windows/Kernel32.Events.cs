using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Events, timers and waiting: <c>synchapi.h</c>.</summary>
/// <remarks>References: Microsoft's pages CreateEventW, CreateWaitableTimerExW, SetWaitableTimer, WaitForMultipleObjects. A BOOL is an int: 0 is failure.</remarks>
internal static unsafe partial class Kernel32
{
    public const uint INFINITE = 0xFFFFFFFF, WAIT_OBJECT_0 = 0, WAIT_TIMEOUT = 258;
    public const uint CREATE_WAITABLE_TIMER_MANUAL_RESET = 1, CREATE_WAITABLE_TIMER_HIGH_RESOLUTION = 2;
    public const uint SYNCHRONIZE = 0x00100000, TIMER_MODIFY_STATE = 0x0002;

    /// <summary>An event without a name; 0 on failure.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial nint CreateEventW(void* attributes, int isManualReset, int isSet, char* name);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int SetEvent(nint handle);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int ResetEvent(nint handle);

    /// <summary>0 on failure. High resolution is known from Windows 10 1803; ERROR_INVALID_PARAMETER before.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial nint CreateWaitableTimerExW(void* attributes, char* name, uint flags, uint access);

    /// <summary>The due time in units of 100 ns: negative is from now and does not count time asleep, positive is a moment of the wall clock (FILETIME, UTC).</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial int SetWaitableTimer(nint timer, long* dueTime, int period, nint routine, nint argument, int resumes);

    [LibraryImport(Library, SetLastError = true)]
    public static partial uint WaitForSingleObject(nint handle, uint milliseconds);

    /// <summary>WAIT_OBJECT_0 plus the lowest index of those that are set, WAIT_TIMEOUT, or 0xFFFFFFFF on failure. At most 64 handles.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial uint WaitForMultipleObjects(uint count, nint* handles, int waitsForAll, uint milliseconds);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int CloseHandle(nint handle);
}
