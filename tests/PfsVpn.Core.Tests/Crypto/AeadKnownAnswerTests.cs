using PfsVpn.Crypto;
using PfsVpn.Interop;

namespace PfsVpn.Tests.Crypto;

/// <summary>The answer that the start-up test knows is libsodium's.</summary>
public sealed unsafe class AeadKnownAnswerTests
{
    [Fact]
    public void The_expected_digest_is_that_of_libsodium()
    {
        var key = new byte[32];
        for (var i = 0; i < key.Length; i++) key[i] = AeadKnownAnswer.KeyByte(i);
        var hash = new Blake2s(Blake2s.HashSizeInBytes);
        for (var i = 0; i < AeadKnownAnswer.PacketLengths.Length; i++)
        {
            var text = new byte[AeadKnownAnswer.PacketLengths[i] + 16];
            for (var at = 0; at < text.Length - 16; at++) text[at] = AeadKnownAnswer.TextByte(i, at);
            var nonce = new byte[12];
            BitConverter.TryWriteBytes(nonce.AsSpan(4), AeadKnownAnswer.CounterOf(i));
            fixed (byte* k = key, t = text, n = nonce)
                _ = Sodium.crypto_aead_chacha20poly1305_ietf_encrypt(t, null, t, (ulong)text.Length - 16, null, 0, null, n, k);
            hash.Update(text);
        }
        var digest = new byte[Blake2s.HashSizeInBytes];
        hash.Finish(digest);
        Assert.True(digest.AsSpan().SequenceEqual(AeadKnownAnswer.ExpectedDigest), Convert.ToHexString(digest));
    }

    [Theory]
    [MemberData(nameof(AeadKernelData.Supported), MemberType = typeof(AeadKernelData))]
    public void Each_kernel_passes(string name) => Assert.True(AeadKnownAnswer.Passes(AeadKernels.Create(AeadKernelData.Parse(name))));

    [Fact]
    public void An_engine_that_is_wrong_fails()
    {
        Assert.False(AeadKnownAnswer.Passes(new SpoiledEngine(spoilSeal: true)));
        Assert.False(AeadKnownAnswer.Passes(new SpoiledEngine(spoilSeal: false)));
    }

    /// <summary>Right but for one bit of one sealed packet, or but for the verdict on a forged one.</summary>
    private sealed class SpoiledEngine(bool spoilSeal) : AeadEngine
    {
        private readonly AeadEngine _engine = AeadKernels.Create(AeadKernel.Scalar);

        public override void Seal(AeadScratch* scratch, uint* key, AeadPacket* packets, int count)
        {
            _engine.Seal(scratch, key, packets, count);
            if (spoilSeal) packets[count - 1].Data[packets[count - 1].PlaintextLength + 15] ^= 0x80;
        }

        public override int Open(AeadScratch* scratch, uint* key, AeadPacket* packets, int count)
        {
            _ = _engine.Open(scratch, key, packets, count);
            for (var i = 0; i < count; i++) packets[i].Authentic = 1;
            return count;
        }

        internal override void XorBlocks(uint* key, LaneTable* lanes, int count) => _engine.XorBlocks(key, lanes, count);

        internal override void ComputeTags(AeadScratch* scratch, AeadPacket** packets, int count) => _engine.ComputeTags(scratch, packets, count);
    }
}
