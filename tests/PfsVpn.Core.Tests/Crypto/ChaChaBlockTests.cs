using System.Buffers.Binary;
using System.Runtime.InteropServices;
using PfsVpn.Crypto;

namespace PfsVpn.Tests.Crypto;

/// <summary>ChaCha20 blocks of every kernel, in every lane, against RFC 8439.</summary>
public sealed unsafe class ChaChaBlockTests
{
    [Theory]
    [MemberData(nameof(AeadKernelData.Supported), MemberType = typeof(AeadKernelData))]
    public void Each_lane_of_each_pass_makes_the_blocks_of_the_RFC(string kernel)
    {
        var engine = AeadKernels.Create(AeadKernelData.Parse(kernel));
        var lanes = (LaneTable*)NativeMemory.AlignedAlloc((nuint)sizeof(LaneTable), 64);
        var blocks = (byte*)NativeMemory.Alloc(64 * LaneTable.Capacity);
        var vectors = VectorFile.Read("rfc8439-chacha20.txt");
        for (var count = 1; count <= LaneTable.Capacity; count++)
        {
            foreach (var vector in vectors)
            {
                new Span<byte>(lanes, sizeof(LaneTable)).Clear();
                new Span<byte>(blocks, 64 * LaneTable.Capacity).Clear();
                for (var lane = 0; lane < LaneTable.Capacity; lane++)
                {
                    // Every other lane has something else to do.
                    lanes->Block[lane] = (ulong)(blocks + (64 * lane));
                    lanes->Counter[lane] = vector["counter"][0] + (lane % 2 == 0 ? 0u : 7u);
                    lanes->NonceLow[lane] = BinaryPrimitives.ReadUInt32LittleEndian(vector["nonce"].AsSpan(4));
                    lanes->NonceHigh[lane] = BinaryPrimitives.ReadUInt32LittleEndian(vector["nonce"].AsSpan(8));
                }
                fixed (byte* key = vector["key"]) engine.XorBlocks((uint*)key, lanes, count);
                for (var lane = 0; lane < count; lane++)
                    Assert.Equal(lane % 2 == 0, new ReadOnlySpan<byte>(blocks + (64 * lane), 64).SequenceEqual(vector["keystream"]));
            }
        }
        NativeMemory.AlignedFree(lanes);
        NativeMemory.Free(blocks);
    }
}
