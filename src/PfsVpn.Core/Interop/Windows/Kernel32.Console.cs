using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>The console: <c>consoleapi.h</c>, <c>consoleapi2.h</c>.</summary>
/// <remarks>References: Microsoft's pages SetConsoleMode, GetConsoleScreenBufferInfo, SetConsoleOutputCP. A BOOL is an int: 0 is failure.</remarks>
internal static unsafe partial class Kernel32
{
    public const uint ENABLE_PROCESSED_INPUT = 0x1, ENABLE_LINE_INPUT = 0x2, ENABLE_ECHO_INPUT = 0x4, ENABLE_QUICK_EDIT_MODE = 0x40, ENABLE_EXTENDED_FLAGS = 0x80, ENABLE_VIRTUAL_TERMINAL_INPUT = 0x200;
    public const uint ENABLE_PROCESSED_OUTPUT = 0x1, ENABLE_VIRTUAL_TERMINAL_PROCESSING = 0x4;

    /// <summary>UTF-8 as a code page.</summary>
    public const uint CP_UTF8 = 65001;

    [LibraryImport(Library, SetLastError = true)]
    public static partial int GetConsoleMode(nint handle, uint* mode);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int SetConsoleMode(nint handle, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int GetConsoleScreenBufferInfo(nint handle, CONSOLE_SCREEN_BUFFER_INFO* info);

    [LibraryImport(Library, SetLastError = true)]
    public static partial uint GetConsoleOutputCP();

    [LibraryImport(Library, SetLastError = true)]
    public static partial int SetConsoleOutputCP(uint codePage);

    [LibraryImport(Library, SetLastError = true)]
    public static partial uint GetConsoleCP();

    [LibraryImport(Library, SetLastError = true)]
    public static partial int SetConsoleCP(uint codePage);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int FlushConsoleInputBuffer(nint handle);

    /// <summary>22 bytes. The window is what is seen of the buffer; its edges belong to it.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct CONSOLE_SCREEN_BUFFER_INFO
    {
        public short BufferColumns, BufferRows;
        public short CursorColumn, CursorRow;
        public ushort Attributes;
        public short WindowLeft, WindowTop, WindowRight, WindowBottom;
        public short MostColumns, MostRows;
    }
}
