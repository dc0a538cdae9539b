using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Named pipes, overlapped calls and completion ports: <c>namedpipeapi.h</c>, <c>ioapiset.h</c>, <c>fileapi.h</c>.</summary>
/// <remarks>
/// References: Microsoft's pages CreateNamedPipeW, ConnectNamedPipe, ReadFile, WriteFile, CancelIoEx, GetOverlappedResult, CreateIoCompletionPort, GetQueuedCompletionStatus.
/// A BOOL is an int: 0 is failure.
/// </remarks>
internal static unsafe partial class Kernel32
{
    public const nint INVALID_HANDLE_VALUE = -1;
    public const uint PIPE_ACCESS_DUPLEX = 3, FILE_FLAG_FIRST_PIPE_INSTANCE = 0x00080000, FILE_FLAG_OVERLAPPED = 0x40000000;
    public const uint PIPE_TYPE_BYTE = 0, PIPE_READMODE_BYTE = 0, PIPE_WAIT = 0, PIPE_REJECT_REMOTE_CLIENTS = 8, PIPE_UNLIMITED_INSTANCES = 255;
    public const int ERROR_ACCESS_DENIED = 5, ERROR_HANDLE_EOF = 38, ERROR_BROKEN_PIPE = 109, ERROR_SEM_TIMEOUT = 121, ERROR_PIPE_BUSY = 231;
    public const int ERROR_NO_DATA = 232, ERROR_PIPE_NOT_CONNECTED = 233, ERROR_PIPE_CONNECTED = 535, ERROR_OPERATION_ABORTED = 995, ERROR_IO_PENDING = 997;
    public const int ERROR_INVALID_OWNER = 1307, ERROR_PRIVILEGE_NOT_HELD = 1314;

    /// <summary>INVALID_HANDLE_VALUE on failure.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial nint CreateNamedPipeW(
        char* name, uint openMode, uint pipeMode, uint maximumInstances, uint outBufferSize, uint inBufferSize, uint defaultTimeout, SECURITY_ATTRIBUTES* security);

    /// <summary>Overlapped it always returns 0; ERROR_PIPE_CONNECTED and ERROR_NO_DATA complete nothing later.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial int ConnectNamedPipe(nint pipe, OVERLAPPED* overlapped);

    /// <summary>What the client has not read is gone.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial int DisconnectNamedPipe(nint pipe);

    /// <summary>Whether an instance of the pipe can be connected to within so many milliseconds; ERROR_SEM_TIMEOUT where there is the pipe and no such instance.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial int WaitNamedPipeW(char* name, uint milliseconds);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int ReadFile(nint file, void* buffer, uint count, uint* read, OVERLAPPED* overlapped);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int WriteFile(nint file, void* buffer, uint count, uint* written, OVERLAPPED* overlapped);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int CancelIoEx(nint file, OVERLAPPED* overlapped);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int GetOverlappedResult(nint file, OVERLAPPED* overlapped, uint* count, int waits);

    /// <summary>A new port with the file INVALID_HANDLE_VALUE and the port 0; else joins the file to the port. 0 on failure.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial nint CreateIoCompletionPort(nint file, nint port, nuint key, uint threads);

    /// <summary>0 with an overlapped of null: none came; 0 with one: that call failed, and the last error says how.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial int GetQueuedCompletionStatus(nint port, uint* count, nuint* key, OVERLAPPED** overlapped, uint milliseconds);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int PostQueuedCompletionStatus(nint port, uint count, nuint key, OVERLAPPED* overlapped);

    /// <summary>0 on success.</summary>
    [LibraryImport(Library)]
    public static partial nint LocalFree(nint memory);

    /// <summary>32 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct OVERLAPPED
    {
        public nuint Internal;
        public nuint InternalHigh;
        public uint Offset;
        public uint OffsetHigh;
        public nint hEvent;
    }

    /// <summary>24 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct SECURITY_ATTRIBUTES
    {
        public uint nLength;
        public nint lpSecurityDescriptor;
        public int bInheritHandle;
    }
}
