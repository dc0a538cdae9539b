using System.Security.Cryptography;
using PfsVpn.Crypto;
using PfsVpn.Interop;

namespace PfsVpn.Tests.Crypto;

public sealed class HandshakeAeadTests : IDisposable
{
    private readonly SecretArena _arena = SecretArena.Create();

    public void Dispose() => _arena.Dispose();

    [Fact]
    public unsafe void The_library_seals_and_opens_as_the_RFC_says()
    {
        foreach (var vector in VectorFile.Read("rfc8439.txt"))
        {
            byte[] plaintext = vector["plaintext"], additional = vector["additional"], expected = vector["ciphertext"];
            var ciphertext = new byte[expected.Length];
            var opened = new byte[plaintext.Length];
            fixed (byte* c = ciphertext, p = plaintext, o = opened, a = additional, n = vector["nonce"], k = vector["key"])
            {
                Assert.Equal(0, Sodium.crypto_aead_chacha20poly1305_ietf_encrypt(
                    c, null, p, (ulong)plaintext.Length, a, (ulong)additional.Length, null, n, k));
                Assert.Equal(0, Sodium.crypto_aead_chacha20poly1305_ietf_decrypt(
                    o, null, null, c, (ulong)ciphertext.Length, a, (ulong)additional.Length, n, k));
            }
            Assert.Equal(expected, ciphertext);
            Assert.Equal(plaintext, opened);
        }
    }

    [Fact]
    public void The_extended_nonce_works_as_the_draft_says()
    {
        var vector = Assert.Single(VectorFile.Read("xchacha.txt"));
        var ciphertext = new byte[vector["ciphertext"].Length];
        HandshakeAead.SealX(ciphertext, vector["key"], vector["nonce"], vector["plaintext"], vector["additional"]);
        Assert.Equal(vector["ciphertext"], ciphertext);

        var opened = new byte[vector["plaintext"].Length];
        Assert.True(HandshakeAead.TryOpenX(opened, vector["key"], vector["nonce"], ciphertext, vector["additional"]));
        Assert.Equal(vector["plaintext"], opened);
    }

    [Fact]
    public void Sealing_agrees_with_the_class_of_the_framework()
    {
        for (var length = 0; length < 100; length++)
        {
            using var key = SecretKeys.Counting(_arena, (byte)length);
            var plaintext = RandomNumberGenerator.GetBytes(length);
            var additional = RandomNumberGenerator.GetBytes(length % 40);
            var ciphertext = new byte[length + 16];
            HandshakeAead.Seal(ciphertext, key, plaintext, additional);

            using var framework = new ChaCha20Poly1305(key.Bytes);
            var expected = new byte[length + 16];
            framework.Encrypt(new byte[12], plaintext, expected.AsSpan(0, length), expected.AsSpan(length), additional);
            Assert.Equal(expected, ciphertext);

            var opened = new byte[length];
            Assert.True(HandshakeAead.TryOpen(opened, key, ciphertext, additional));
            Assert.Equal(plaintext, opened);
        }
    }

    [Fact]
    public void Any_flipped_bit_is_noticed_and_no_plaintext_is_given()
    {
        using var key = SecretKeys.Counting(_arena, 1);
        byte[] plaintext = [.. Enumerable.Repeat((byte)0xA5, 32)], additional = [1, 2, 3], nonce = new byte[24], publicKey = new byte[32];
        var ciphertext = new byte[48];
        var extended = new byte[48];
        HandshakeAead.Seal(ciphertext, key, plaintext, additional);
        HandshakeAead.SealX(extended, publicKey, nonce, plaintext, additional);
        for (var bit = 0; bit < 48 * 8; bit++)
        {
            var opened = RandomNumberGenerator.GetBytes(32);
            ciphertext[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(HandshakeAead.TryOpen(opened, key, ciphertext, additional));
            Assert.Equal(new byte[32], opened);
            ciphertext[bit / 8] ^= (byte)(1 << (bit % 8));

            extended[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(HandshakeAead.TryOpenX(opened, publicKey, nonce, extended, additional));
            Assert.Equal(new byte[32], opened);
            extended[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        Assert.False(HandshakeAead.TryOpen(new byte[32], key, ciphertext, [1, 2, 4]));
        Assert.False(HandshakeAead.TryOpenX(new byte[32], publicKey, nonce, extended, []));
        Assert.True(HandshakeAead.TryOpen(new byte[32], key, ciphertext, additional));
    }

    [Fact]
    public void Spans_of_a_wrong_length_are_refused()
    {
        using var key = _arena.Allocate();
        Assert.Throws<ArgumentOutOfRangeException>(() => HandshakeAead.Seal(new byte[15], key, [], []));
        Assert.Throws<ArgumentOutOfRangeException>(() => HandshakeAead.TryOpen(new byte[1], key, new byte[16], []));
        Assert.Throws<ArgumentOutOfRangeException>(() => HandshakeAead.SealX(new byte[16], new byte[31], new byte[24], [], []));
        Assert.Throws<ArgumentOutOfRangeException>(() => HandshakeAead.TryOpenX([], new byte[32], new byte[12], new byte[16], []));
    }
}
