namespace PfsVpn.Lab.Hosting;

/// <summary>A thread that makes garbage and collects the managed heap over and over, so that whatever lies there is moved about.</summary>
/// <remarks>Threading: one owner.</remarks>
internal sealed class HeapCollector : IDisposable
{
    private Thread? _thread;
    private volatile bool _stopping;

    /// <summary>Starts it; true.</summary>
    public bool Start()
    {
        if (_thread is not null) return true;
        _stopping = false;
        _thread = new Thread(Run) { IsBackground = true, Name = "collector" };
        _thread.Start();
        return true;
    }

    /// <summary>Stops it; true.</summary>
    public bool Stop()
    {
        _stopping = true;
        _thread?.Join();
        _thread = null;
        return true;
    }

    /// <summary>Stops it.</summary>
    public void Dispose() => Stop();

    private void Run()
    {
        const int Arrays = 64, Bytes = 4096;
        var kept = new byte[Arrays][];
        for (var round = 0; !_stopping; round++)
        {
            kept[round % Arrays] = new byte[Bytes];
            GC.Collect(round % 3, GCCollectionMode.Forced, blocking: true, compacting: true);
            Thread.Sleep(1);
        }
    }
}
