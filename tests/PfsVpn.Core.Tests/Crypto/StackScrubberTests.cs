using System.Runtime.CompilerServices;
using PfsVpn.Crypto;

namespace PfsVpn.Tests.Crypto;

public sealed unsafe class StackScrubberTests
{
    private const byte Pattern = 0xA7;

    [Theory]
    [InlineData(2 * 1024, 1)]
    [InlineData(12 * 1024, 2)]
    [InlineData(56 * 1024, 3)]
    public void What_a_finished_call_left_on_the_stack_is_erased(int size, int depth)
    {
        // The first time, methods are compiled, which uses the stack: only the second round counts.
        for (var round = 0; round < 2; round++)
        {
            var left = Remaining(size, scrub: 0);
            var scrubbed = Remaining(size, depth);
            if (round == 0) continue;
            Assert.True(left > size / 2, $"nothing was left to erase: {left} bytes");
            Assert.Equal(0, scrubbed);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Remaining(int size, int scrub)
    {
        var address = Dirty(size);
        switch (scrub)
        {
            case 1: StackScrubber.ScrubBatch(); break;
            case 2: StackScrubber.ScrubHandshake(); break;
            case 3: StackScrubber.ScrubDeep(); break;
        }
        // Safety: reads the dead stack below this frame, which stays mapped. Runs of the pattern only: a single byte may be chance.
        // Compared with its complement: the pattern itself in a register would be spilled to the very stack that is searched.
        var remaining = 0;
        for (var i = 0; i + 8 <= size; i += 8)
            if (~*(ulong*)(address + i) == 0x0101010101010101UL * (0xFF - Pattern)) remaining += 8;
        return remaining;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static byte* Dirty(int size)
    {
        var left = stackalloc byte[size];
        for (var i = 0; i < size; i++) left[i] = Pattern;
        return (byte*)(nint)left;
    }
}
