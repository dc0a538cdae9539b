using PfsVpn.Lab.Memory.Peer;

namespace PfsVpn.Lab.Memory.Experiment;

/// <summary>Packets through sessions, round after round, until it is disposed.</summary>
internal sealed class ContinuousTraffic : IDisposable
{
    private readonly Thread _thread;
    private volatile bool _stopping;
    private int _rounds;

    /// <summary>Starts it.</summary>
    public ContinuousTraffic(LabTunnel tunnel, params (LabPeer Peer, LabSession Session)[] sessions)
    {
        _thread = new Thread(() =>
        {
            while (!_stopping)
            {
                foreach (var (peer, session) in sessions) tunnel.Exchange(peer, session);
                Interlocked.Increment(ref _rounds);
            }
        }) { IsBackground = true, Name = "traffic" };
        _thread.Start();
    }

    /// <summary>Waits until so many rounds were made.</summary>
    public void AwaitRounds(int count) => TestPeer.TryWait(() => Volatile.Read(ref _rounds) >= count, TimeSpan.FromSeconds(10));

    /// <summary>Ends it after the round that is under way.</summary>
    public void Dispose()
    {
        _stopping = true;
        _thread.Join();
    }
}
