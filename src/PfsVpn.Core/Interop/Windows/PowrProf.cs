using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>News of the system's sleep: <c>powerbase.h</c>, <c>powrprof.h</c>.</summary>
/// <remarks>References: Microsoft's pages PowerRegisterSuspendResumeNotification, DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS, PBT_APMSUSPEND.</remarks>
internal static unsafe partial class PowrProf
{
    private const string Library = "powrprof.dll";

    public const uint DEVICE_NOTIFY_CALLBACK = 2;
    public const uint PBT_APMSUSPEND = 0x4, PBT_APMRESUMESUSPEND = 0x7, PBT_APMRESUMEAUTOMATIC = 0x12;

    /// <summary>Returns 0 (ERROR_SUCCESS) or an error.</summary>
    [LibraryImport(Library)]
    public static partial uint PowerRegisterSuspendResumeNotification(uint flags, DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS* recipient, nint* registration);

    /// <summary>Returns 0 (ERROR_SUCCESS) or an error.</summary>
    [LibraryImport(Library)]
    public static partial uint PowerUnregisterSuspendResumeNotification(nint registration);

    /// <summary>16 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS
    {
        /// <summary>Called with the context, one of PBT_*, and a setting that is not used here; its result is ignored.</summary>
        public delegate* unmanaged<nint, uint, nint, uint> Callback;

        /// <summary>Handed to the callback.</summary>
        public nint Context;
    }
}
