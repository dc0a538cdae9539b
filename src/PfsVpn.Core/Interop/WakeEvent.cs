using System.Runtime.InteropServices;

namespace PfsVpn.Interop;

/// <summary>An eventfd that wakes a thread out of <c>poll</c>: set by any thread, drained by the one that waits.</summary>
/// <remarks>
/// Use: publish the work, then <see cref="Set"/>; the waiting thread calls <see cref="Drain"/> first and looks at the work afterwards.
/// Threading: <see cref="Set"/> from any thread, also during and after Dispose; <see cref="Drain"/> from the waiting thread only.
/// Errors: the constructor throws where the process has no descriptor left; nothing else does.
/// </remarks>
internal sealed unsafe class WakeEvent : IDisposable
{
    private readonly UseGate _gate = new();
    private int _set;

    /// <summary>Opens the eventfd, close-on-exec and non-blocking.</summary>
    public WakeEvent()
    {
        Descriptor = Libc.eventfd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK);
        if (Descriptor < 0) throw new IOException($"eventfd failed with error {Marshal.GetLastPInvokeError()}.");
    }

    /// <summary>What to poll for POLLIN.</summary>
    public int Descriptor { get; }

    /// <summary>Makes the descriptor readable until it is drained; costs no system call where it already is.</summary>
    public void Set()
    {
        if (Interlocked.Exchange(ref _set, 1) != 0 || !_gate.TryEnter()) return;
        ulong one = 1;
        _ = Libc.write(Descriptor, &one, sizeof(ulong));
        if (_gate.Exit()) Release();
    }

    /// <summary>Makes the descriptor unreadable again. What was published before a <see cref="Set"/> that this call swallows is visible afterwards.</summary>
    /// <remarks>Safety: the flag is cleared after the read, so a Set in between writes nothing; its work is seen because the exchange orders it before the return.</remarks>
    public void Drain()
    {
        if (!_gate.TryEnter()) return;
        ulong count;
        _ = Libc.read(Descriptor, &count, sizeof(ulong));
        Interlocked.Exchange(ref _set, 0);
        if (_gate.Exit()) Release();
    }

    /// <summary>Closes the descriptor; nobody may be waiting on it.</summary>
    public void Dispose()
    {
        if (_gate.Close()) Release();
    }

    private void Release() => _ = Libc.close(Descriptor);
}
