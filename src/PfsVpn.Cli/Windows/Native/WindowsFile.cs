using System.Runtime.InteropServices;
using System.Security.AccessControl;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Cli.Windows.Native;

/// <summary>What <see cref="NativeFile"/> is on Windows: files by handle. A descriptor is 0, 1 or 2 for the standard streams, else the handle itself.</summary>
/// <remarks>
/// References: Microsoft's pages CreateFileW, ReadFile, WriteFile, GetConsoleMode. Handles of Windows fit into 32 bits and are multiples of four (Microsoft's page Interprocess Communication Between 32-bit and 64-bit Applications), so
/// that none is taken for a standard stream.
/// </remarks>
internal static unsafe class WindowsFile
{
    private const string StandardInput = "/dev/stdin";
    private const int S_IFDIR = 0x4000, S_IFREG = 0x8000, ForOwner = 0x180, ForAll = 0x1FF, ReadableForOthers = 4;

    /// <summary>The handle of a descriptor.</summary>
    public static nint Handle(int descriptor) => descriptor switch
    {
        0 => Kernel32.GetStdHandle(Kernel32.STD_INPUT_HANDLE),
        1 => Kernel32.GetStdHandle(Kernel32.STD_OUTPUT_HANDLE),
        2 => Kernel32.GetStdHandle(Kernel32.STD_ERROR_HANDLE),
        _ => descriptor,
    };

    /// <inheritdoc cref="NativeFile.OpenForReading"/>
    public static int OpenForReading(string path) => path == StandardInput
        ? 0
        : Open(path, Kernel32.GENERIC_READ, Kernel32.FILE_SHARE_READ | Kernel32.FILE_SHARE_WRITE | Kernel32.FILE_SHARE_DELETE, Kernel32.OPEN_EXISTING, Kernel32.FILE_FLAG_BACKUP_SEMANTICS);

    /// <inheritdoc cref="NativeFile.OpenForAppending"/>
    public static int OpenForAppending(string path) => Open(path, Kernel32.FILE_APPEND_DATA, Kernel32.FILE_SHARE_READ | Kernel32.FILE_SHARE_DELETE, Kernel32.OPEN_ALWAYS, 0);

    /// <summary>Opens anything that CreateFileW opens. Returns a descriptor, or a negative errno.</summary>
    public static int Open(string path, uint access, uint share, uint disposition, uint flags)
    {
        fixed (char* name = path)
        {
            var handle = Kernel32.CreateFileW(name, access, share, null, disposition, flags, 0);
            return handle != Kernel32.INVALID_HANDLE_VALUE ? (int)handle : -WindowsError.Last;
        }
    }

    /// <inheritdoc cref="NativeFile.Read"/>
    public static int Read(int descriptor, Span<byte> destination)
    {
        uint count;
        fixed (byte* start = destination)
        {
            if (Kernel32.ReadFile(Handle(descriptor), start, (uint)destination.Length, &count, null) != 0) return (int)count;
        }
        // The other end of a pipe has gone: its end, as everywhere.
        var errno = WindowsError.Last;
        return errno == NativeFile.EPIPE ? 0 : -errno;
    }

    /// <inheritdoc cref="NativeFile.WriteAll"/>
    public static int WriteAll(int descriptor, ReadOnlySpan<byte> source)
    {
        var handle = Handle(descriptor);
        fixed (byte* start = source)
        {
            for (var written = 0; written < source.Length;)
            {
                uint count;
                if (Kernel32.WriteFile(handle, start + written, (uint)(source.Length - written), &count, null) == 0) return -WindowsError.Last;
                written += (int)count;
            }
        }
        return 0;
    }

    /// <summary>Closes a descriptor; standard streams stay.</summary>
    public static void Close(int descriptor)
    {
        if (descriptor > 2) _ = Kernel32.CloseHandle(descriptor);
    }

    /// <summary>Whether a descriptor is a console.</summary>
    public static bool IsTerminal(int descriptor)
    {
        uint mode;
        return Kernel32.GetConsoleMode(Handle(descriptor), &mode) != 0;
    }

    /// <inheritdoc cref="NativeFile.WindowSize"/>
    public static (int Rows, int Columns) WindowSize(int descriptor)
    {
        Kernel32.CONSOLE_SCREEN_BUFFER_INFO info;
        return Kernel32.GetConsoleScreenBufferInfo(Handle(descriptor), &info) != 0
            ? (info.WindowBottom - info.WindowTop + 1, info.WindowRight - info.WindowLeft + 1)
            : (0, 0);
    }

    /// <summary>Type and permissions as a mode of Linux: of a file whether its owner alone may read it, of what is no file nothing. Or a negative errno.</summary>
    public static int ModeOf(int descriptor)
    {
        const int LongestPath = 32768;
        var handle = Handle(descriptor);
        if (Kernel32.GetFileType(handle) != Kernel32.FILE_TYPE_DISK) return 0;
        var path = new char[LongestPath];
        fixed (char* start = path)
        {
            var length = Kernel32.GetFinalPathNameByHandleW(handle, start, LongestPath, 0);
            return length is > 0 and < LongestPath ? ModeOf(new string(start, 0, (int)length)) : -NativeFile.EINVAL;
        }
    }

    /// <summary>The same by path.</summary>
    public static int ModeOf(string path)
    {
        // Whoever knows a path may pass through the folders above it, as everybody has the privilege to do so.
        if (Directory.Exists(path)) return S_IFDIR | ForAll;
        if (!File.Exists(path)) return -NativeFile.ENOENT;
        return S_IFREG | ForOwner | (OperatingSystem.IsWindows() && FileAccessList.IsOpenToOthers(path, FileSystemRights.ReadData) ? ReadableForOthers : 0);
    }

    /// <summary>Opens the file of a lock, made where it is not there, waits until nobody else holds the lock, and takes it. It ends with the descriptor. Returns that, or a negative errno.</summary>
    public static int WaitForLock(string path)
    {
        var descriptor = Open(path, Kernel32.GENERIC_READ | Kernel32.GENERIC_WRITE, Kernel32.FILE_SHARE_READ | Kernel32.FILE_SHARE_WRITE | Kernel32.FILE_SHARE_DELETE, Kernel32.OPEN_ALWAYS, 0);
        if (descriptor < 0) return descriptor;
        Kernel32.OVERLAPPED place = default;
        if (Kernel32.LockFileEx(descriptor, Kernel32.LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0, &place) != 0) return descriptor;
        var errno = WindowsError.Last;
        Close(descriptor);
        return -errno;
    }

    /// <summary>The last error as an exception's text.</summary>
    public static string LastWords => Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
}
