using PfsVpn.Crypto;

namespace PfsVpn.Tests.Crypto;

/// <summary>No kernel touches a byte before a text or behind its tag: there is no memory, and touching it would end the process.</summary>
public sealed unsafe class AeadBoundsTests : IDisposable
{
    private const int LongestText = 1500;
    private const int Companions = 20;

    private readonly SecretArena _arena = SecretArena.Create();
    private readonly SecretKey _key;
    private readonly LockedBlock _lower = new(4096);
    private readonly LockedBlock _upper = new(4096);
    private readonly LockedBlock _others = new(Companions * (LongestText + TransportAead.TagSizeInBytes));

    public AeadBoundsTests()
    {
        _key = _arena.Allocate();
        _key.Randomize(SystemRandom.Instance);
    }

    [Theory]
    [MemberData(nameof(AeadKernelData.Supported), MemberType = typeof(AeadKernelData))]
    public void Texts_at_the_edges_of_the_memory_are_sealed_and_opened(string kernel)
    {
        using var aead = new TransportAead(AeadKernelData.Parse(kernel));
        for (var length = 0; length <= LongestText; length++)
        {
            Run(aead, length, companions: 0);
            Run(aead, length, companions: length % 3 == 0 ? Companions : 7);
        }
    }

    public void Dispose()
    {
        _key.Dispose();
        _arena.Dispose();
        _lower.Dispose();
        _upper.Dispose();
        _others.Dispose();
    }

    /// <summary>One text at the start of a block, one whose tag ends with another, and others between them in the batch.</summary>
    private void Run(TransportAead aead, int length, int companions)
    {
        var packets = stackalloc AeadPacket[2 + Companions];
        packets[0] = new AeadPacket { Data = _lower.Pointer, PlaintextLength = length, Counter = 1 };
        packets[1] = new AeadPacket { Data = _upper.Pointer + _upper.Length - length - TransportAead.TagSizeInBytes, PlaintextLength = length, Counter = 2 };
        for (var i = 0; i < companions; i++)
        {
            var text = _others.Pointer + (i * (LongestText + TransportAead.TagSizeInBytes));
            packets[2 + i] = new AeadPacket { Data = text, PlaintextLength = i % 2 == 0 ? length : i * 70, Counter = (ulong)i + 3 };
        }
        for (var i = 0; i < 2; i++) new Span<byte>(packets[i].Data, length).Fill(0x5A);
        aead.Seal(_key, packets, 2 + companions);
        Assert.Equal(2 + companions, aead.Open(_key, packets, 2 + companions));
        for (var i = 0; i < 2; i++) Assert.False(new ReadOnlySpan<byte>(packets[i].Data, length).ContainsAnyExcept((byte)0x5A));
    }
}
