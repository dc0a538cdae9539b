using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using PfsVpn.Crypto;
using PfsVpn.Runtime;
using PfsVpn.Tests.Configuration;

namespace PfsVpn.Tests.Runtime;

/// <summary>A connection of the control pipe over an instance that the test plays: it says when a read or write ends, and how.</summary>
internal sealed unsafe class ScriptedPipe : IControlPipeInstance, IDisposable
{
    private readonly LockedMemoryPool _pool = new();
    private readonly SecretArena _arena = SecretArena.Create();
    private readonly Queue<UapiConnection> _finished = new();
    private byte* _memory;
    private int _length;

    public ScriptedPipe(UapiServerLimits? limits = null) =>
        Connection = new ControlPipeConnection(this, Device, _arena, _pool, limits ?? new UapiServerLimits(), NullLogger.Instance, _finished.Enqueue);

    public UapiFakeDevice Device { get; } = new();

    public ControlPipeConnection Connection { get; }

    public bool IsReading { get; private set; }

    public bool IsWriting { get; private set; }

    public bool IsClosed { get; private set; }

    /// <summary>The client is gone: nothing can be begun any more.</summary>
    public bool IsGone { get; set; }

    public int RentedBlocks => _pool.RentedBlocks;

    public bool TryBeginRead(byte* destination, int length) => TryBegin(destination, length, reads: true);

    public bool TryBeginWrite(byte* source, int length) => TryBegin(source, length, reads: false);

    public void Close()
    {
        Assert.False(IsClosed);
        (IsClosed, IsReading, IsWriting) = (true, false, false);
    }

    /// <summary>The client says something, which the read that is under way takes.</summary>
    public void Say(string text)
    {
        Assert.True(IsReading, "nobody reads");
        var bytes = Encoding.UTF8.GetBytes(text);
        Assert.True(bytes.Length <= _length, "longer than one read");
        bytes.CopyTo(new Span<byte>(_memory, _length));
        End(bytes.Length, 0);
    }

    /// <summary>The client reads up to so many bytes of what is being written.</summary>
    public string Hear(int most = int.MaxValue)
    {
        Assert.True(IsWriting, "nobody writes");
        var count = Math.Min(most, _length);
        var heard = Encoding.UTF8.GetString(_memory, count);
        End(count, 0);
        return heard;
    }

    /// <summary>What is under way ends.</summary>
    public void End(int count, int error)
    {
        (IsReading, IsWriting) = (false, false);
        Connection.OnCompleted(count, error);
        while (_finished.TryDequeue(out var connection)) connection.OnFinished();
    }

    public void Dispose()
    {
        Connection.Dispose();
        Device.Dispose();
        _pool.Dispose();
        _arena.Dispose();
    }

    private bool TryBegin(byte* memory, int length, bool reads)
    {
        Assert.False(IsReading || IsWriting, "one at a time");
        Assert.False(IsClosed);
        Assert.True(length > 0);
        if (IsGone) return false;
        _memory = memory;
        (_length, IsReading, IsWriting) = (length, reads, !reads);
        return true;
    }
}
