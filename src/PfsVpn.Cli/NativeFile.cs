using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using PfsVpn.Cli.Windows.Native;

namespace PfsVpn.Cli;

/// <summary>Files by descriptor: <c>fcntl.h</c>, <c>unistd.h</c>, <c>sys/stat.h</c>, <c>sys/ioctl.h</c>. Raw, because the framework's streams keep what passes through them in the heap.</summary>
/// <remarks>
/// References: open(2), read(2), write(2), statx(2), isatty(3), ioctl_tty(2). Values are those of Linux on x86-64 and ARM64, on Windows too, where <see cref="WindowsFile"/> does the same with handles: what is chosen by
/// system is chosen in these methods and nowhere else.
/// </remarks>
internal static unsafe partial class NativeFile
{
    public const int ENOENT = 2, EINTR = 4, EACCES = 13, ENODEV = 19, EINVAL = 22, EFBIG = 27, EPIPE = 32, EPROTO = 71, EADDRINUSE = 98, ECONNRESET = 104, ETIMEDOUT = 110, ECONNREFUSED = 111;

    private const string Library = "libc";
    private const int O_RDONLY = 0, O_WRONLY = 1, O_CREAT = 0x40, O_APPEND = 0x400, O_CLOEXEC = 0x80000;
    private const int AT_FDCWD = -100, AT_EMPTY_PATH = 0x1000;
    private const uint TIOCGWINSZ = 0x5413;
    private const uint STATX_TYPE = 1, STATX_MODE = 2, STATX_INO = 0x100;

    /// <summary>Size of <c>struct statx</c>, and where its <c>stx_mode</c>, <c>stx_ino</c> and <c>stx_dev_major</c> lie: the same on every architecture.</summary>
    private const int StatxSize = 256, StatxModeOffset = 28, StatxInodeOffset = 32, StatxDeviceOffset = 136;

    /// <summary>Opens a file for reading. Returns a descriptor, or a negative errno.</summary>
    public static int OpenForReading(string path)
    {
        if (OperatingSystem.IsWindows()) return WindowsFile.OpenForReading(path);
        fixed (byte* name = Terminated(path))
        {
            var descriptor = open(name, O_RDONLY | O_CLOEXEC);
            return descriptor >= 0 ? descriptor : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Opens a file for appending, made for its owner only where it is not there. Returns a descriptor, or a negative errno.</summary>
    public static int OpenForAppending(string path)
    {
        if (OperatingSystem.IsWindows()) return WindowsFile.OpenForAppending(path);
        const int OwnerOnly = 0x180;
        fixed (byte* name = Terminated(path))
        {
            var descriptor = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, OwnerOnly);
            return descriptor >= 0 ? descriptor : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Reads up to the span's length. Returns the count, 0 at the end, or a negative errno.</summary>
    public static int Read(int descriptor, Span<byte> destination)
    {
        if (OperatingSystem.IsWindows()) return WindowsFile.Read(descriptor, destination);
        fixed (byte* start = destination)
        {
            while (true)
            {
                var count = read(descriptor, start, (nuint)destination.Length);
                if (count >= 0) return (int)count;
                var errno = Marshal.GetLastPInvokeError();
                if (errno != EINTR) return -errno;
            }
        }
    }

    /// <summary>Writes everything. Returns 0, or a negative errno.</summary>
    public static int WriteAll(int descriptor, ReadOnlySpan<byte> source)
    {
        if (OperatingSystem.IsWindows()) return WindowsFile.WriteAll(descriptor, source);
        fixed (byte* start = source)
        {
            for (var written = 0; written < source.Length;)
            {
                var count = write(descriptor, start + written, (nuint)(source.Length - written));
                if (count >= 0)
                {
                    written += (int)count;
                    continue;
                }
                var errno = Marshal.GetLastPInvokeError();
                if (errno != EINTR) return -errno;
            }
        }
        return 0;
    }

    /// <summary>Closes a descriptor.</summary>
    public static void Close(int descriptor)
    {
        if (OperatingSystem.IsWindows()) WindowsFile.Close(descriptor);
        else _ = close(descriptor);
    }

    /// <summary>Whether a descriptor is a terminal.</summary>
    public static bool IsTerminal(int descriptor) => OperatingSystem.IsWindows() ? WindowsFile.IsTerminal(descriptor) : isatty(descriptor) == 1;

    /// <summary>Rows and columns of a terminal; zeros where it does not say.</summary>
    public static (int Rows, int Columns) WindowSize(int descriptor)
    {
        if (OperatingSystem.IsWindows()) return WindowsFile.WindowSize(descriptor);
        // struct winsize: rows, columns, and two sizes in pixels.
        var size = stackalloc ushort[4];
        return ioctl(descriptor, TIOCGWINSZ, size) == 0 ? (size[0], size[1]) : (0, 0);
    }

    /// <summary>Type and permissions of what a descriptor refers to, or a negative errno.</summary>
    public static int ModeOf(int descriptor) => OperatingSystem.IsWindows() ? WindowsFile.ModeOf(descriptor) : Mode(descriptor, "", AT_EMPTY_PATH);

    /// <summary>Type and permissions of a file, links followed, or a negative errno.</summary>
    public static int ModeOf(string path) => OperatingSystem.IsWindows() ? WindowsFile.ModeOf(path) : Mode(AT_FDCWD, path, 0);

    /// <summary>Sets the permissions of a file. Returns 0 or the errno. On Windows those of its folder hold.</summary>
    public static int SetMode(string path, uint mode)
    {
        if (OperatingSystem.IsWindows()) return 0;
        fixed (byte* name = Terminated(path)) return chmod(name, mode) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>Device and inode of what a descriptor refers to, as <c>JOURNAL_STREAM</c> has them (systemd.exec(5)); null where they cannot be told.</summary>
    public static string? IdentityOf(int descriptor)
    {
        if (OperatingSystem.IsWindows()) return null;
        var status = stackalloc byte[StatxSize];
        fixed (byte* name = "\0"u8)
        {
            if (statx(descriptor, name, AT_EMPTY_PATH, STATX_INO, status) != 0) return null;
        }
        var (major, minor) = ((ulong)*(uint*)(status + StatxDeviceOffset), (ulong)*(uint*)(status + StatxDeviceOffset + sizeof(uint)));
        // makedev(3) of glibc.
        var device = ((major & 0xFFFFF000) << 32) | ((major & 0xFFF) << 8) | ((minor & 0xFFFFFF00) << 12) | (minor & 0xFF);
        return string.Create(CultureInfo.InvariantCulture, $"{device}:{*(ulong*)(status + StatxInodeOffset)}");
    }

    /// <summary>A zero-terminated UTF-8 copy of a path or name.</summary>
    public static byte[] Terminated(string text)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }

    /// <summary>The system's words for an errno.</summary>
    public static string Describe(int errno) => OperatingSystem.IsWindows() ? WindowsError.Describe(errno) : Marshal.GetPInvokeErrorMessage(errno);

    private static int Mode(int directory, string path, int flags)
    {
        var status = stackalloc byte[StatxSize];
        fixed (byte* name = Terminated(path))
        {
            if (statx(directory, name, flags, STATX_TYPE | STATX_MODE, status) != 0) return -Marshal.GetLastPInvokeError();
        }
        return *(ushort*)(status + StatxModeOffset);
    }

    [LibraryImport(Library, SetLastError = true)]
    private static partial int open(byte* path, int flags);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int open(byte* path, int flags, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    private static partial nint read(int descriptor, byte* buffer, nuint length);

    [LibraryImport(Library, SetLastError = true)]
    private static partial nint write(int descriptor, byte* buffer, nuint length);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int close(int descriptor);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int chmod(byte* path, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int isatty(int descriptor);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int ioctl(int descriptor, nuint request, void* argument);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int statx(int directory, byte* path, int flags, uint mask, byte* status);
}
