using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using PfsVpn.Crypto;

namespace PfsVpn.Tests.Crypto;

/// <summary>A signal writes all registers onto the stack: after Clear nothing of what was computed is among them.</summary>
public sealed unsafe partial class VectorRegistersTests
{
    private const int Registers = 32;
    private const int RegisterBytes = 64;
    private const int Depth = 24 * 1024;
    private const int SignalOfCollections = 34;
    private const byte Mark = 0xA5;

    [SkippableMark512]
    public void A_signal_finds_what_a_kernel_left_in_the_registers() => Assert.True(MarksAfterSignal(clear: false) >= 16 * 16);

    [SkippableMark512]
    public void A_signal_finds_nothing_after_the_registers_were_cleared() => Assert.Equal(0, MarksAfterSignal(clear: true));

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int MarksAfterSignal(bool clear)
    {
        var pattern = (byte*)NativeMemory.AlignedAlloc(Registers * RegisterBytes, RegisterBytes);
        StackScrubber.ScrubDeep();
        new Span<byte>(pattern, Registers * RegisterBytes).Fill(Mark);
        Fill(pattern);
        if (clear) VectorRegisters.Clear();
        _ = tgkill(Environment.ProcessId, gettid(), SignalOfCollections);
        var marks = CountBelow();
        NativeMemory.AlignedFree(pattern);
        return marks;
    }

    /// <summary>Leaves marks in all vector registers.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Fill(byte* pattern)
    {
        var (v0, v1, v2, v3) = (Vector512.Load(pattern + 0), Vector512.Load(pattern + 64), Vector512.Load(pattern + 128), Vector512.Load(pattern + 192));
        var (v4, v5, v6, v7) = (Vector512.Load(pattern + 256), Vector512.Load(pattern + 320), Vector512.Load(pattern + 384), Vector512.Load(pattern + 448));
        var (v8, v9, v10, v11) = (Vector512.Load(pattern + 512), Vector512.Load(pattern + 576), Vector512.Load(pattern + 640), Vector512.Load(pattern + 704));
        var (v12, v13, v14, v15) = (Vector512.Load(pattern + 768), Vector512.Load(pattern + 832), Vector512.Load(pattern + 896), Vector512.Load(pattern + 960));
        var (v16, v17, v18, v19) = (Vector512.Load(pattern + 1024), Vector512.Load(pattern + 1088), Vector512.Load(pattern + 1152), Vector512.Load(pattern + 1216));
        var (v20, v21, v22, v23) = (Vector512.Load(pattern + 1280), Vector512.Load(pattern + 1344), Vector512.Load(pattern + 1408), Vector512.Load(pattern + 1472));
        var (v24, v25, v26, v27) = (Vector512.Load(pattern + 1536), Vector512.Load(pattern + 1600), Vector512.Load(pattern + 1664), Vector512.Load(pattern + 1728));
        var (v28, v29, v30, v31) = (Vector512.Load(pattern + 1792), Vector512.Load(pattern + 1856), Vector512.Load(pattern + 1920), Vector512.Load(pattern + 1984));
        v0 |= v1; v1 |= v2; v2 |= v3; v3 |= v4;
        v4 |= v5; v5 |= v6; v6 |= v7; v7 |= v8;
        v8 |= v9; v9 |= v10; v10 |= v11; v11 |= v12;
        v12 |= v13; v13 |= v14; v14 |= v15; v15 |= v16;
        v16 |= v17; v17 |= v18; v18 |= v19; v19 |= v20;
        v20 |= v21; v21 |= v22; v22 |= v23; v23 |= v24;
        v24 |= v25; v25 |= v26; v26 |= v27; v27 |= v28;
        v28 |= v29; v29 |= v30; v30 |= v31; v31 |= v0;
        (v0 ^ v1 ^ v2 ^ v3 ^ v4 ^ v5 ^ v6 ^ v7 ^ v8 ^ v9 ^ v10 ^ v11 ^ v12 ^ v13 ^ v14 ^ v15 ^ v16 ^ v17 ^ v18 ^ v19 ^ v20 ^ v21 ^ v22 ^ v23 ^ v24 ^ v25 ^ v26 ^ v27 ^ v28 ^ v29 ^ v30 ^ v31).Store(pattern);
    }

    /// <summary>Marks in the stack below the caller.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int CountBelow()
    {
        byte here;
        var marks = 0;
        // Safety: a thread's stack is mapped far below where it stands, and nobody writes there while this runs.
        // Eight at a time, as one may be chance; against the complement, for the marks themselves in a register would be spilled here.
        for (var below = (byte*)((nuint)(&here - Depth) & ~(nuint)7); below < &here; below += 8)
            if (~Unsafe.ReadUnaligned<ulong>(below) == 0x0101010101010101UL * (0xFF - Mark)) marks += 8;
        return marks;
    }

    [LibraryImport("libc")]
    private static partial int gettid();

    [LibraryImport("libc")]
    private static partial int tgkill(int process, int thread, int signal);

    private sealed class SkippableMark512Attribute : FactAttribute
    {
        public SkippableMark512Attribute() => Skip = Avx512F.IsSupported ? null : "the processor has no AVX-512";
    }
}
