using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Locks memory, and gives the process the room for it.</summary>
/// <remarks>
/// References: Microsoft's pages VirtualLock and SetProcessWorkingSetSizeEx. A process may lock a little less than its minimum working set, 200 KiB at first; the
/// minimum is raised when that is used up, by at least a mebibyte. It is not lowered again: what is unlocked makes room for the next.
/// Threading: safe from any thread.
/// </remarks>
internal static unsafe class WorkingSet
{
    private const nuint LeastGrowth = 1024 * 1024;

    /// <summary>Between minimum and maximum there is always so much.</summary>
    private const nuint Distance = 1024 * 1024;

    /// <summary>Another thread may take the room that this one made.</summary>
    private const int Attempts = 8;

    private static readonly Lock Gate = new();

    /// <summary>Locks <paramref name="length"/> bytes of whole pages into memory.</summary>
    /// <param name="address">The first byte.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="error">Windows' error where it fails.</param>
    public static bool TryLock(nint address, int length, out int error)
    {
        for (var attempt = 0; ; attempt++)
        {
            if (Kernel32.VirtualLock(address, (nuint)length) != 0)
            {
                error = 0;
                return true;
            }
            error = Marshal.GetLastPInvokeError();
            if (error is not Kernel32.ERROR_WORKING_SET_QUOTA and not Kernel32.ERROR_NOT_ENOUGH_MEMORY) return false;
            if (attempt == Attempts || !TryGrow((nuint)length)) return false;
        }
    }

    /// <summary>The next minimum and maximum for <paramref name="length"/> more bytes, all in bytes.</summary>
    internal static (nuint Minimum, nuint Maximum) Grown(nuint minimum, nuint maximum, nuint length)
    {
        var grown = minimum + Math.Max(length, LeastGrowth);
        return (grown, Math.Max(maximum, grown + Distance));
    }

    private static bool TryGrow(nuint length)
    {
        lock (Gate)
        {
            nuint minimum, maximum;
            uint flags;
            var process = Kernel32.GetCurrentProcess();
            if (Kernel32.GetProcessWorkingSetSizeEx(process, &minimum, &maximum, &flags) == 0) return false;
            var (newMinimum, newMaximum) = Grown(minimum, maximum, length);
            return Kernel32.SetProcessWorkingSetSizeEx(process, newMinimum, newMaximum, 0) != 0;
        }
    }
}
