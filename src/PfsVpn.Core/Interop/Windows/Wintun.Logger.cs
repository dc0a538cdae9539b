using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>What the library has to say.</summary>
internal static unsafe partial class Wintun
{
    /// <summary>WINTUN_LOGGER_LEVEL.</summary>
    public const int WINTUN_LOG_INFO = 0, WINTUN_LOG_WARN = 1, WINTUN_LOG_ERR = 2;

    /// <summary>Sets the logger of the process; null for none.</summary>
    /// <param name="newLogger">Level, moment (100 ns since 1601-01-01, UTC), zero-terminated text. Called from any thread, several at once; must not throw.</param>
    [LibraryImport(Library, SetLastError = true)]
    public static partial void WintunSetLogger(delegate* unmanaged<int, ulong, char*, void> newLogger);
}
