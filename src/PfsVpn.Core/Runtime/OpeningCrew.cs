using System.Runtime.CompilerServices;
using PfsVpn.Crypto;
using PfsVpn.Interop;

namespace PfsVpn.Runtime;

/// <summary>Threads that help a pump to open a long run of packets of one peer: a backlog that one core does not keep up with.</summary>
/// <remarks>
/// The pump goes on only when the whole run is open, so replay check, delivery and the lease on the keypair stay on its thread and in order.
/// Threading: pumps call <see cref="TryOpen"/>; one run at a time is shared, who comes meanwhile opens alone.
/// Safety: a member counts itself in before it looks whether a run is open, the pump closes the run before it looks whether anybody is inside. Both are
/// full fences, so no member touches a run, its key or its packets after TryOpen has returned.
/// </remarks>
internal sealed unsafe class OpeningCrew : IDisposable
{
    /// <summary>Packets taken at a time: a multiple of what every kernel opens side by side.</summary>
    private const int Share = 32;

    private const int StackBytes = 256 * 1024;

    private readonly Member[] _members;
    private SecretKey? _key;
    private AeadPacket* _packets;
    private int _count;
    private int _next;
    private int _authentic;
    private int _failures;
    private int _claimed;
    private int _isOpen;
    private int _inside;
    private long _sharedRuns;
    private volatile bool _ended;

    /// <summary>Starts the threads.</summary>
    /// <param name="members">How many, at least one.</param>
    public OpeningCrew(int members)
    {
        _members = [.. Enumerable.Range(0, members).Select(_ => new Member(this))];
        foreach (var member in _members) member.Start();
    }

    /// <summary>Runs that were shared so far.</summary>
    public long SharedRuns => Volatile.Read(ref _sharedRuns);

    /// <summary>Opens a run together with the crew; false, with nothing done, where the crew is busy with another.</summary>
    /// <param name="aead">The caller's own.</param>
    /// <param name="key">The receiving key, which the caller has leased.</param>
    /// <param name="packets">The run.</param>
    /// <param name="count">Packets of the run.</param>
    /// <param name="authentic">How many are authentic.</param>
    /// <exception cref="ObjectDisposedException">The key was erased meanwhile.</exception>
    public bool TryOpen(TransportAead aead, SecretKey key, AeadPacket* packets, int count, out int authentic)
    {
        authentic = 0;
        if (_ended || Interlocked.Exchange(ref _claimed, 1) != 0) return false;
        _key = key;
        _packets = packets;
        (_count, _next, _authentic, _failures) = (count, 0, 0, 0);
        Interlocked.Exchange(ref _isOpen, 1);
        foreach (var member in _members) member.Wake();
        OpenShares(aead);
        Interlocked.Exchange(ref _isOpen, 0);
        var wait = new SpinWait();
        while (Volatile.Read(ref _inside) != 0) wait.SpinOnce(sleep1Threshold: -1);
        authentic = _authentic;
        var failed = _failures != 0;
        _key = null;
        _packets = null;
        _sharedRuns++;
        Volatile.Write(ref _claimed, 0);
        if (failed) key.ThrowIfErased();
        return true;
    }

    /// <summary>Ends the threads. No pump may be inside.</summary>
    public void Dispose()
    {
        _ended = true;
        foreach (var member in _members) member.Wake();
        foreach (var member in _members) member.Dispose();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void OpenShares(TransportAead aead)
    {
        while (true)
        {
            var first = Interlocked.Add(ref _next, Share) - Share;
            if (first >= _count) return;
            try
            {
                Interlocked.Add(ref _authentic, aead.Open(_key!, _packets + first, Math.Min(Share, _count - first)));
            }
            catch (ObjectDisposedException)
            {
                Interlocked.Increment(ref _failures);
                return;
            }
        }
    }

    private void Join(TransportAead aead)
    {
        Interlocked.Increment(ref _inside);
        if (Volatile.Read(ref _isOpen) != 0) OpenShares(aead);
        Interlocked.Decrement(ref _inside);
    }

    private sealed class Member : IDisposable
    {
        private readonly OpeningCrew _crew;
        private readonly WakeEvent _wake = new();
        private readonly TransportAead _aead = new();
        private readonly Thread _thread;

        public Member(OpeningCrew crew)
        {
            _crew = crew;
            _thread = new Thread(Run, StackBytes) { IsBackground = true, Name = "opening" };
        }

        public void Start() => _thread.Start();

        public void Wake() => _wake.Set();

        public void Dispose()
        {
            _thread.Join();
            _wake.Dispose();
            _aead.Dispose();
        }

        private void Run()
        {
            var isClean = true;
            while (!_crew._ended)
            {
                if (_wake.Wait(isClean ? -1 : PumpHousekeeping.BriefMilliseconds))
                {
                    _wake.Drain();
                    _crew.Join(_aead);
                    StackScrubber.ScrubBatch();
                    isClean = false;
                }
                else if (!isClean)
                {
                    StackScrubber.ScrubDeep();
                    isClean = true;
                }
            }
        }
    }
}
