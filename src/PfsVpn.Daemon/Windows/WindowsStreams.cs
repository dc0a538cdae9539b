using PfsVpn.Interop.Windows;

namespace PfsVpn.Daemon.Windows;

/// <summary>Handles of Windows where the daemon has descriptors: 0, 1 and 2 are the standard streams, another number is a handle that was inherited.</summary>
/// <remarks>References: Microsoft's pages GetStdHandle, WriteFile, ReadFile, WaitForSingleObject.</remarks>
internal static unsafe class WindowsStreams
{
    /// <summary>The handle of a descriptor.</summary>
    public static nint HandleOf(int descriptor) => descriptor switch
    {
        0 => Kernel32.GetStdHandle(Kernel32.STD_INPUT_HANDLE),
        StandardStreams.Output => Kernel32.GetStdHandle(Kernel32.STD_OUTPUT_HANDLE),
        StandardStreams.Error => Kernel32.GetStdHandle(Kernel32.STD_ERROR_HANDLE),
        _ => descriptor,
    };

    /// <summary>Writes all of it, and blocks as long as that takes. False also where a program was started without the stream: a call with such a handle would end the process.</summary>
    public static bool TryWrite(nint handle, ReadOnlySpan<byte> bytes)
    {
        if (handle is 0 or Kernel32.INVALID_HANDLE_VALUE) return false;
        fixed (byte* start = bytes)
        {
            for (uint done = 0; done < bytes.Length;)
            {
                uint written;
                if (Kernel32.WriteFile(handle, start + done, (uint)bytes.Length - done, &written, null) == 0) return false;
                done += written;
            }
        }
        return true;
    }

    /// <summary>No program that is started from here gets this handle.</summary>
    public static void KeepFromChildren(nint handle) => _ = Kernel32.SetHandleInformation(handle, Kernel32.HANDLE_FLAG_INHERIT, 0);

    /// <summary>Returns when nobody has the other end of a pipe any more, or when a process (or whatever else can be waited for) has ended.</summary>
    public static void WaitForEnd(nint handle)
    {
        if (Kernel32.GetFileType(handle) != Kernel32.FILE_TYPE_PIPE)
        {
            _ = Kernel32.WaitForSingleObject(handle, Kernel32.INFINITE);
            return;
        }
        byte ignored;
        uint count;
        while (Kernel32.ReadFile(handle, &ignored, 1, &count, null) != 0)
        {
            // What is written into the pipe is no matter; only its end is.
        }
    }
}
