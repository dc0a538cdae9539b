using PfsVpn.Daemon.Bus;
using PfsVpn.Daemon.Interop;

namespace PfsVpn.SystemTests.Watch;

/// <summary>A lock as logind sees it: a pipe whose other end the client holds open for as long as it wants the machine to wait.</summary>
internal sealed unsafe class Inhibitor : IDisposable
{
    private const short POLLHUP = 16;
    private readonly int _ourEnd;

    public Inhibitor(params string[] words)
    {
        Words = words;
        var ends = stackalloc int[2];
        Assert.Equal(0, Libc.pipe2(ends, Libc.O_CLOEXEC));
        (_ourEnd, TheirEnd) = (ends[0], ends[1]);
    }

    /// <summary>The lock that a call asks for.</summary>
    public static Inhibitor For(BusMessage call)
    {
        Assert.Equal("ssss", call.Signature);
        var reader = new BusReader(call.Body.Span);
        var words = new string[4];
        foreach (ref var word in words.AsSpan()) Assert.True(reader.TryString(out word));
        return new Inhibitor(words);
    }

    /// <summary>What, who, why, how.</summary>
    public string[] Words { get; }

    public int TheirEnd { get; private set; }

    public bool IsReleased => Poll(0);

    public void CloseTheirEnd() => _ = Libc.close(TheirEnd);

    /// <summary>Waits until the client lets go.</summary>
    public void WaitForRelease() => Assert.True(Poll(30_000), "the lock is still held");

    public void Dispose() => _ = Libc.close(_ourEnd);

    private bool Poll(int milliseconds)
    {
        var entry = new Libc.struct_pollfd { fd = _ourEnd };
        return Libc.poll(&entry, 1, milliseconds) == 1 && (entry.revents & POLLHUP) != 0;
    }
}
