using PfsVpn.Daemon.Interop;
using PfsVpn.Daemon.Windows;

namespace PfsVpn.Daemon;

/// <summary>
/// A pipe that says whether the daemon is still wanted: whoever started it for one program keeps the other end, and however that process ends, the kernel closes it.
/// Nothing else would tell: a TUN whose descriptor is open keeps its network namespace alive. On Windows it is an inherited handle, of a pipe or of a process.
/// </summary>
internal static class LifeLine
{
    /// <summary>Completes when nobody has the other end any more; never without a descriptor.</summary>
    public static Task Watch(int? descriptor)
    {
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (descriptor is not { } number) return end.Task;
        if (OperatingSystem.IsWindows()) WindowsStreams.KeepFromChildren(number);
        else _ = Libc.fcntl(number, Libc.F_SETFD, Libc.FD_CLOEXEC);
        new Thread(() =>
        {
            if (OperatingSystem.IsWindows()) WindowsStreams.WaitForEnd(number);
            else WaitForEnd(number);
            end.SetResult();
        }, maxStackSize: 128 * 1024) { IsBackground = true, Name = "life" }.Start();
        return end.Task;
    }

    /// <summary>What is written into the pipe is no matter; only its end, or an error, is.</summary>
    private static unsafe void WaitForEnd(int descriptor)
    {
        byte ignored;
        while (Libc.read(descriptor, &ignored, 1) is var count && (count > 0 || (count < 0 && System.Runtime.InteropServices.Marshal.GetLastPInvokeError() == Libc.EINTR)))
        {
        }
    }
}
