using System.Diagnostics;
using System.Runtime.InteropServices;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Interop;

/// <summary>Wakes a thread out of its wait: set by any thread, drained by the one that waits. An eventfd; on Windows an event that is reset by hand.</summary>
/// <remarks>
/// Use: publish the work, then <see cref="Set"/>; the waiting thread calls <see cref="Drain"/> first and looks at the work afterwards.
/// Threading: <see cref="Set"/> from any thread, also during and after Dispose; <see cref="Drain"/> and <see cref="Wait"/> from the waiting thread only.
/// Errors: the constructor throws where the process has no descriptor left; nothing else does.
/// </remarks>
internal sealed unsafe class WakeEvent : IDisposable
{
    private readonly UseGate _gate = new();
    private int _set;

    /// <summary>Opens the eventfd, close-on-exec and non-blocking; on Windows the event, which no child inherits.</summary>
    public WakeEvent()
    {
        if (OperatingSystem.IsWindows())
        {
            Descriptor = -1;
            Handle = Kernel32.CreateEventW(null, isManualReset: 1, isSet: 0, null);
            if (Handle == 0) throw new IOException($"CreateEvent failed with error {Marshal.GetLastPInvokeError()}.");
            return;
        }
        Descriptor = Libc.eventfd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK);
        if (Descriptor < 0) throw new IOException($"eventfd failed with error {Marshal.GetLastPInvokeError()}.");
    }

    /// <summary>What to poll for POLLIN on Linux; -1 on Windows.</summary>
    public int Descriptor { get; }

    /// <summary>What to wait for on Windows, set until it is drained; 0 on Linux.</summary>
    public nint Handle { get; }

    /// <summary>Makes a wait end until the event is drained; costs no system call where it already would.</summary>
    public void Set()
    {
        if (Interlocked.Exchange(ref _set, 1) != 0 || !_gate.TryEnter()) return;
        if (OperatingSystem.IsWindows())
        {
            _ = Kernel32.SetEvent(Handle);
        }
        else
        {
            ulong one = 1;
            _ = Libc.write(Descriptor, &one, sizeof(ulong));
        }
        if (_gate.Exit()) Release();
    }

    /// <summary>Makes the next wait block again. What was published before a <see cref="Set"/> that this call swallows is visible afterwards.</summary>
    /// <remarks>Safety: the flag is cleared after the system's state, so a Set in between does nothing there; its work is seen because the exchange orders it before the return.</remarks>
    public void Drain()
    {
        if (!_gate.TryEnter()) return;
        if (OperatingSystem.IsWindows())
        {
            _ = Kernel32.ResetEvent(Handle);
        }
        else
        {
            ulong count;
            _ = Libc.read(Descriptor, &count, sizeof(ulong));
        }
        Interlocked.Exchange(ref _set, 0);
        if (_gate.Exit()) Release();
    }

    /// <summary>Waits until the event is set; false where that did not happen in time, or where a signal cut the wait short. Does not drain it.</summary>
    /// <param name="milliseconds">How long; -1 for ever.</param>
    public bool Wait(int milliseconds)
    {
        Debug.Assert(milliseconds >= -1, "-1 is the only negative time");
        if (OperatingSystem.IsWindows()) return Kernel32.WaitForSingleObject(Handle, (uint)milliseconds) == Kernel32.WAIT_OBJECT_0;
        var wait = new Libc.pollfd { fd = Descriptor, events = Libc.POLLIN };
        return Libc.poll(&wait, 1, milliseconds) > 0;
    }

    /// <summary>Closes the descriptor; nobody may be waiting on it.</summary>
    public void Dispose()
    {
        if (_gate.Close()) Release();
    }

    private void Release()
    {
        if (OperatingSystem.IsWindows()) _ = Kernel32.CloseHandle(Handle);
        else _ = Libc.close(Descriptor);
    }
}
