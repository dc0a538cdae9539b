using System.Buffers.Binary;
using PfsVpn.Crypto;

namespace PfsVpn.Lab.Hosting;

/// <summary>Randomness that an experiment can compute again: block n is BLAKE2s(seed || n), and each call takes as many blocks as it needs.</summary>
/// <remarks>
/// So the ephemeral private keys of a device are among the blocks, before clamping. No state but the seed and a number: what it gave is not left behind in it.
/// Threading: any thread.
/// </remarks>
internal sealed class SeededSource(ulong seed) : IRandomSource
{
    private const int BlockBytes = Blake2s.HashSizeInBytes;
    private long _blocks;

    /// <inheritdoc/>
    public void Fill(Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var number = (ulong)Interlocked.Increment(ref _blocks) - 1;
            if (destination.Length >= BlockBytes)
            {
                Block(destination[..BlockBytes], seed, number);
                destination = destination[BlockBytes..];
                continue;
            }
            Span<byte> last = stackalloc byte[BlockBytes];
            Block(last, seed, number);
            last[..destination.Length].CopyTo(destination);
            last.Clear();
            return;
        }
    }

    /// <summary>Writes block <paramref name="number"/>, counted from 0, of <paramref name="seed"/>: 32 bytes.</summary>
    public static void Block(Span<byte> block, ulong seed, ulong number)
    {
        Span<byte> input = stackalloc byte[2 * sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(input, seed);
        BinaryPrimitives.WriteUInt64LittleEndian(input[sizeof(ulong)..], number);
        Blake2s.Hash(block, input);
    }
}
