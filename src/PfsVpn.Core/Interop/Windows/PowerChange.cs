namespace PfsVpn.Interop.Windows;

/// <summary>What the system says of its sleep.</summary>
internal enum PowerChange
{
    /// <summary>It is about to sleep, and waits up to two seconds for those that it tells.</summary>
    Suspending,

    /// <summary>It is awake again; may come twice.</summary>
    Resumed,
}
