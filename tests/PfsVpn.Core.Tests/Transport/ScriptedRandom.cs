using PfsVpn.Crypto;

namespace PfsVpn.Tests.Transport;

/// <summary>Gives the numbers of a script, each as four bytes.</summary>
internal sealed class ScriptedRandom(params uint[] numbers) : IRandomSource
{
    private int _next;

    public int Given => _next;

    public void Fill(Span<byte> destination)
    {
        Assert.Equal(4, destination.Length);
        BitConverter.TryWriteBytes(destination, numbers[_next++]);
    }
}
