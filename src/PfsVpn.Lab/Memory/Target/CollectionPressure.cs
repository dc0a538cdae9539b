using System.Globalization;
using PfsVpn.Lab.Interop;

namespace PfsVpn.Lab.Memory.Target;

/// <summary>
/// What a garbage collection does to the stacks of a .NET process, done from outside while it lives: the signal that stops a thread makes the kernel write all registers,
/// the vectors too, onto the thread's stack. And requests to the control socket, which allocate.
/// </summary>
/// <remarks>
/// The runtime looks who sent the signal and ignores a stranger's; the frame on the stack has been written by then. Ownership: disposing it ends the pressure.
/// </remarks>
internal sealed class CollectionPressure : IDisposable
{
    private readonly List<Thread> _threads = [];
    private volatile bool _stopping;

    /// <summary>Starts it.</summary>
    /// <param name="processId">The process.</param>
    /// <param name="name">Its interface.</param>
    public CollectionPressure(int processId, string name)
    {
        // Only a .NET process: another's reaction to this signal is its end.
        if (ProcessMap.Read(processId).Any(static mapping => mapping.Path.EndsWith("libcoreclr.so", StringComparison.Ordinal))) Start(() => Interrupt(processId));
        // Not a get, whose answer has the private key in it.
        Start(() => ControlClient.TryRequest(name, "status=1", out _));
    }

    /// <summary>Ends it.</summary>
    public void Dispose()
    {
        _stopping = true;
        foreach (var thread in _threads) thread.Join();
    }

    private static void Interrupt(int processId)
    {
        try
        {
            foreach (var task in Directory.EnumerateDirectories($"/proc/{processId}/task"))
                _ = Libc.tgkill(processId, int.Parse(Path.GetFileName(task), CultureInfo.InvariantCulture), Libc.SIGRTMIN);
        }
        catch (DirectoryNotFoundException)
        {
            // The process has ended.
        }
    }

    private void Start(Action action)
    {
        var thread = new Thread(() =>
        {
            while (!_stopping)
            {
                action();
                Thread.Yield();
            }
        }) { IsBackground = true, Name = "pressure" };
        _threads.Add(thread);
        thread.Start();
    }
}
