using PfsVpn.Crypto;

namespace PfsVpn.Tests.Noise;

/// <summary>Gives out prepared byte strings, one for each request, and then a fixed sequence (xorshift).</summary>
internal sealed class ScriptedRandom(params byte[][] script) : IRandomSource
{
    private readonly Queue<byte[]> _script = new(script);
    private ulong _state = 0x9E3779B97F4A7C15;

    public void Fill(Span<byte> destination)
    {
        if (_script.TryDequeue(out var next))
        {
            Assert.Equal(next.Length, destination.Length);
            next.CopyTo(destination);
            return;
        }
        foreach (ref var octet in destination)
        {
            _state ^= _state << 13;
            _state ^= _state >> 7;
            _state ^= _state << 17;
            octet = (byte)(_state >> 32);
        }
    }
}
