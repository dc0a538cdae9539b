using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Jobs, which end processes together: <c>jobapi2.h</c>, <c>winnt.h</c>.</summary>
/// <remarks>References: Microsoft's pages CreateJobObjectW, SetInformationJobObject, JOBOBJECT_EXTENDED_LIMIT_INFORMATION. A BOOL is an int: 0 is failure.</remarks>
internal static unsafe partial class Kernel32
{
    public const int JobObjectExtendedLimitInformation = 9;

    /// <summary>The processes of the job end when its last handle is closed, in whatever way.</summary>
    public const uint JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE = 0x2000;

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint CreateJobObjectW(void* security, char* name);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int SetInformationJobObject(nint job, int kind, void* information, uint length);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int AssignProcessToJobObject(nint job, nint process);

    /// <summary>144 bytes; of them only the flags are used here.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 144)]
    public struct JOBOBJECT_EXTENDED_LIMIT_INFORMATION
    {
        [FieldOffset(16)] public uint LimitFlags;
    }
}
