using System.Runtime.InteropServices;

namespace PfsVpn.Cli.Windows.Native;

/// <summary>Windows' errors as the errno that the program goes by on every system, where there is one that means the same; else their own number, set apart.</summary>
/// <remarks>References: Microsoft's page System Error Codes. Values of errno are those of Linux on x86-64 and ARM64: they are also what daemons answer with, on any system.</remarks>
internal static class WindowsError
{
    /// <summary>Added to an error of Windows that no errno stands for.</summary>
    private const int Foreign = 0x10000000;

    private const int ERROR_FILE_NOT_FOUND = 2, ERROR_PATH_NOT_FOUND = 3, ERROR_ACCESS_DENIED = 5, ERROR_NOT_ENOUGH_MEMORY = 8, ERROR_BAD_NETPATH = 53, ERROR_FILE_EXISTS = 80, ERROR_INVALID_PARAMETER = 87,
        ERROR_BROKEN_PIPE = 109, ERROR_INVALID_NAME = 123, ERROR_ALREADY_EXISTS = 183, ERROR_NO_DATA = 232, ERROR_PIPE_NOT_CONNECTED = 233;

    private static readonly Dictionary<int, string> Words = new()
    {
        [1] = "Operation not permitted", [2] = "No such file or directory", [5] = "Input/output error", [6] = "No such device or address", [9] = "Bad file descriptor",
        [11] = "Resource temporarily unavailable", [12] = "Cannot allocate memory", [13] = "Permission denied", [16] = "Device or resource busy", [17] = "File exists",
        [19] = "No such device", [20] = "Not a directory", [21] = "Is a directory", [22] = "Invalid argument", [24] = "Too many open files", [27] = "File too large",
        [28] = "No space left on device", [32] = "Broken pipe", [34] = "Numerical result out of range", [36] = "File name too long", [71] = "Protocol error",
        [92] = "Protocol not available", [95] = "Operation not supported", [97] = "Address family not supported by protocol", [98] = "Address already in use",
        [99] = "Cannot assign requested address", [100] = "Network is down", [101] = "Network is unreachable", [104] = "Connection reset by peer",
        [105] = "No buffer space available", [108] = "Cannot send after transport endpoint shutdown", [110] = "Connection timed out", [111] = "Connection refused", [113] = "No route to host",
    };

    /// <summary>The errno for what the last call of this thread failed with.</summary>
    public static int Last => Of(Marshal.GetLastPInvokeError());

    /// <summary>The errno for an error of Windows.</summary>
    public static int Of(int error) => error switch
    {
        ERROR_FILE_NOT_FOUND or ERROR_PATH_NOT_FOUND or ERROR_BAD_NETPATH => NativeFile.ENOENT,
        ERROR_ACCESS_DENIED => NativeFile.EACCES,
        ERROR_NOT_ENOUGH_MEMORY => 12,
        ERROR_FILE_EXISTS or ERROR_ALREADY_EXISTS => 17,
        ERROR_INVALID_PARAMETER or ERROR_INVALID_NAME => NativeFile.EINVAL,
        ERROR_BROKEN_PIPE or ERROR_NO_DATA or ERROR_PIPE_NOT_CONNECTED => NativeFile.EPIPE,
        _ => Foreign + error,
    };

    /// <summary>The words for an errno of <see cref="Of"/> or of a daemon.</summary>
    public static string Describe(int errno) => errno >= Foreign
        ? Marshal.GetPInvokeErrorMessage(errno - Foreign).TrimEnd('.', ' ', '\r', '\n')
        : Words.TryGetValue(errno, out var words) ? words : $"error {errno}";
}
