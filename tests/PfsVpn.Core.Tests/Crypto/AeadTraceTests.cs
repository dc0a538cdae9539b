using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using PfsVpn.Crypto;

namespace PfsVpn.Tests.Crypto;

/// <summary>What the kernels leave behind: nothing in the scratch, and nothing on the stack below the depth that a pump scrubs after a batch.</summary>
public sealed unsafe class AeadTraceTests : IDisposable
{
    private const int Room = 2048;
    /// <summary>As many as one read from the TUN may bring; some of them are authenticated as streams.</summary>
    private const int Count = 45;
    private const ulong Untouched = 0x5AC3_96F0_0F69_3CA5;

    private readonly SecretArena _arena = SecretArena.Create();
    private readonly LockedBlock _block = new(Room * Count);
    private readonly AeadPacket[] _packets = GC.AllocateArray<AeadPacket>(Count, pinned: true);

    public void Dispose()
    {
        _block.Dispose();
        _arena.Dispose();
    }

    [Theory]
    [MemberData(nameof(AeadKernelData.Supported), MemberType = typeof(AeadKernelData))]
    public void The_scratch_has_no_key_and_no_plaintext(string name)
    {
        using var aead = new TransportAead(AeadKernelData.Parse(name));
        using var key = _arena.Allocate();
        key.Randomize(SystemRandom.Instance);
        foreach (var (count, length) in ((int, int)[])[(Count, 1420), (7, 100), (1, 1420), (1, 30)])
        {
            Place(count, length);
            var plaintext = new ReadOnlySpan<byte>(_packets[0].Data, length).ToArray();
            aead.Seal(key, Packets, count);
            AssertClean(aead, key, plaintext, "sealing");
            // One forged among them: its plaintext was never released, and is not left here.
            _packets[count - 1].Data[0] ^= 1;
            _ = aead.Open(key, Packets, count);
            AssertClean(aead, key, plaintext, "opening");
        }
    }

    /// <summary>
    /// The frames of the kernels must end within the 4 KiB that StackScrubber.ScrubBatch zeroes below a pump's frame; a quarter is left for the frames between.
    /// </summary>
    [Theory]
    [MemberData(nameof(AeadKernelData.Supported), MemberType = typeof(AeadKernelData))]
    public void The_stack_is_used_no_deeper_than_a_pump_scrubs(string name)
    {
        using var aead = new TransportAead(AeadKernelData.Parse(name));
        using var key = _arena.Allocate();
        key.Randomize(SystemRandom.Instance);
        var deepest = int.MaxValue;
        // A signal of the runtime, or the compiler in the first round, may use more: what counts is the least.
        for (var round = 0; round < 400; round++)
        {
            Place(Count, 1420);
            deepest = Math.Min(deepest, Depth(aead, key));
        }
        Assert.InRange(deepest, 100, 3072);
    }

    [Theory]
    [MemberData(nameof(AeadKernelData.Supported), MemberType = typeof(AeadKernelData))]
    public void After_scrubbing_no_word_of_the_key_is_on_the_stack(string name)
    {
        using var aead = new TransportAead(AeadKernelData.Parse(name));
        using var key = _arena.Allocate();
        key.Randomize(SystemRandom.Instance);
        var least = int.MaxValue;
        for (var round = 0; round < 20; round++)
        {
            Place(Count, 1420);
            Work(aead, key);
            StackScrubber.ScrubBatch();
            least = Math.Min(least, KeyWordsBelow(key));
        }
        Assert.Equal(0, least);
    }

    private AeadPacket* Packets => (AeadPacket*)Unsafe.AsPointer(ref _packets[0]);

    private void Place(int count, int length)
    {
        for (var i = 0; i < count; i++)
        {
            _packets[i] = new AeadPacket { Data = _block.Pointer + (i * Room), PlaintextLength = length, Counter = (ulong)i };
            RandomNumberGenerator.Fill(new Span<byte>(_packets[i].Data, length));
        }
    }

    /// <summary>Looks for words of the key, of the one-time keys (RFC 8439 §2.6) and of the plaintext.</summary>
    private void AssertClean(TransportAead aead, SecretKey key, byte[] plaintext, string after)
    {
        var secrets = new HashSet<uint>();
        foreach (var word in System.Runtime.InteropServices.MemoryMarshal.Cast<byte, uint>(key.Bytes)) secrets.Add(word);
        foreach (var word in System.Runtime.InteropServices.MemoryMarshal.Cast<byte, uint>(plaintext.AsSpan(0, plaintext.Length & ~3))) secrets.Add(word);
        // Sealing a text of zeros shows the key stream from block 1 on; block 0 is the one-time key, by the test seam.
        var lanes = stackalloc LaneTable[1];
        var oneTime = stackalloc uint[16];
        new Span<byte>(lanes, sizeof(LaneTable)).Clear();
        new Span<byte>(oneTime, 64).Clear();
        lanes->Block[0] = (ulong)oneTime;
        AeadKernels.Create(AeadKernel.Scalar).XorBlocks((uint*)key.Pointer, lanes, 1);
        for (var i = 0; i < 16; i++) secrets.Add(oneTime[i]);
        secrets.Remove(0);
        var found = 0;
        foreach (var word in System.Runtime.InteropServices.MemoryMarshal.Cast<byte, uint>(aead.Scratch)) found += secrets.Contains(word) ? 1 : 0;
        // A word may be there by chance: about one run in a thousand has one.
        Assert.True(found <= 1, $"{found} secret words are in the scratch after {after}");
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private void Work(TransportAead aead, SecretKey key)
    {
        aead.Seal(key, Packets, Count);
        _ = aead.Open(key, Packets, Count);
        aead.Seal(key, Packets, 1);
        _ = aead.Open(key, Packets, 1);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private int Depth(TransportAead aead, SecretKey key)
    {
        var lowest = Paint();
        Work(aead, key);
        var at = lowest;
        while (*at == Untouched) at++;
        byte here;
        return (int)(&here - (byte*)at);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    private static ulong* Paint()
    {
        const int words = 4096;
        var stack = stackalloc ulong[words];
        for (var i = 0; i < words; i++) Volatile.Write(ref stack[i], Untouched);
        return (ulong*)(nint)stack;
    }

    /// <summary>Words of the key in 32 KiB below this frame. Safety: dead stack stays mapped.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int KeyWordsBelow(SecretKey key)
    {
        byte here;
        var words = (uint*)((nint)(&here) & ~15) - 64;
        var secret = (uint*)key.Pointer;
        var found = 0;
        for (var i = 0; i < 8 * 1024; i++)
            for (var j = 0; j < 8; j++)
                if (words[-i] == secret[j]) found++;
        return found;
    }
}
