using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Is told by Windows before it sleeps and after.</summary>
/// <remarks>
/// References: Microsoft's pages PowerRegisterSuspendResumeNotification and PBT_APMSUSPEND. A machine with Modern Standby need not say anything when it only turns its screen off.
/// Threading: the action runs on a thread of the system, at any moment until <see cref="Dispose"/> has returned and perhaps once more right after; it should be quick and must not throw.
/// </remarks>
internal sealed unsafe class PowerEvents : IDisposable
{
    /// <summary>By number and not by pointer: what is called late finds nothing.</summary>
    private static readonly ConcurrentDictionary<nint, Action<PowerChange>> Watchers = new();

    private static long _last;

    private readonly nint _number;
    private nint _registration;

    private PowerEvents(nint number, nint registration) => (_number, _registration) = (number, registration);

    /// <summary>Has <paramref name="action"/> called from now on; null where the system refuses.</summary>
    public static PowerEvents? TryWatch(Action<PowerChange> action)
    {
        var number = (nint)Interlocked.Increment(ref _last);
        Watchers[number] = action;
        var recipient = new PowrProf.DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS { Callback = &OnPower, Context = number };
        nint registration;
        if (PowrProf.PowerRegisterSuspendResumeNotification(PowrProf.DEVICE_NOTIFY_CALLBACK, &recipient, &registration) == 0)
            return new PowerEvents(number, registration);
        Watchers.TryRemove(number, out _);
        return null;
    }

    /// <summary>Ends it.</summary>
    public void Dispose()
    {
        Watchers.TryRemove(_number, out _);
        if (Interlocked.Exchange(ref _registration, 0) is var registration && registration != 0)
            _ = PowrProf.PowerUnregisterSuspendResumeNotification(registration);
    }

    /// <summary>What a message of the system means; null for those that mean nothing here.</summary>
    internal static PowerChange? Meaning(uint message) => message switch
    {
        PowrProf.PBT_APMSUSPEND => PowerChange.Suspending,
        PowrProf.PBT_APMRESUMEAUTOMATIC or PowrProf.PBT_APMRESUMESUSPEND => PowerChange.Resumed,
        _ => null,
    };

    [UnmanagedCallersOnly]
    private static uint OnPower(nint number, uint message, nint setting)
    {
        if (Watchers.TryGetValue(number, out var action) && Meaning(message) is { } change) action(change);
        return 0;
    }
}
