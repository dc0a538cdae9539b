using System.Numerics;
using System.Text;
using PfsVpn.Lab.Memory;
using PfsVpn.Lab.Memory.Search;

namespace PfsVpn.Tests.Lab;

/// <summary>The memory search finds every form of a secret that is planted, wherever it lies, and nothing in random memory.</summary>
public sealed class MemorySearchTests
{
    private static readonly ProcessMapping Somewhere = new(0x10000, 0x10000 + (1 << 20), "rw-p", "", 1 << 20, []);
    private readonly byte[] _key = Bytes(1, 32);
    private readonly byte[] _memory = Bytes(2, 1 << 20);

    [Theory]
    [InlineData(0)]
    [InlineData(4097)]
    [InlineData((1 << 20) - 32)]
    public void Each_half_is_found_raw_at_any_address(int at)
    {
        _key.CopyTo(_memory, at);
        var hits = Search(SecretKind.SessionKey);
        Assert.Equal(["first half", "second half"], hits.Where(static hit => hit.Form == SecretForm.Raw).Select(static hit => hit.Detail), StringComparer.Ordinal);
        Assert.Equal(Somewhere.Start + (ulong)at, hits[0].Address);
    }

    [Fact]
    public void One_half_is_enough()
    {
        _key.AsSpan(16).CopyTo(_memory.AsSpan(77));
        Assert.Equal("second half", Assert.Single(Search(SecretKind.SessionKey)).Detail);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Text_is_found_in_hex_and_in_base64_at_every_alignment(bool isUtf16)
    {
        var encoding = isUtf16 ? Encoding.Unicode : Encoding.ASCII;
        string[] texts = [Convert.ToHexString(_key), Convert.ToHexStringLower(_key), .. Enumerable.Range(0, 3).Select(before => Convert.ToBase64String([.. Bytes(3, before), .. _key, .. Bytes(4, 5)]))];
        foreach (var text in texts)
        {
            var memory = (byte[])_memory.Clone();
            encoding.GetBytes(text).CopyTo(memory, 12345);
            var hits = Search(SecretKind.SessionKey, memory);
            Assert.Equal(2, hits.Count);
            Assert.All(hits, static hit => Assert.True(hit.Form is SecretForm.Hex or SecretForm.Base64));
        }
    }

    [Theory]
    [InlineData(3, 300, true)]
    [InlineData(2, 300, false)]
    [InlineData(3, 600, false)]
    public void Three_words_of_a_key_within_a_kilobyte_betray_it(int words, int apart, bool isFound)
    {
        for (var i = 0; i < words; i++) _key.AsSpan(8 * i, 4).CopyTo(_memory.AsSpan(40_000 + (apart / 4 * 4 * i)));
        Assert.Equal(isFound, Search(SecretKind.SessionKey).Any(static hit => hit.Form == SecretForm.Words));
    }

    [Fact]
    public void Words_repeated_over_vectors_betray_a_key()
    {
        for (var word = 0; word < 3; word++)
            for (var lane = 0; lane < 16; lane++) _key.AsSpan(4 * word, 4).CopyTo(_memory.AsSpan(50_000 / 64 * 64 + (64 * word) + (4 * lane)));
        Assert.Equal(SecretForm.Words, Assert.Single(Search(SecretKind.SessionKey)).Form);
    }

    [Theory]
    [InlineData(1, 26, 4)]
    [InlineData(1, 26, 8)]
    [InlineData(1, 44, 8)]
    [InlineData(2, 26, 8)]
    [InlineData(2, 44, 8)]
    public void Limbs_of_a_one_time_key_are_found(int power, int bits, int lane)
    {
        var r = new BigInteger(_key.AsSpan(0, 16), isUnsigned: true) & BigInteger.Parse("00ffffffc0ffffffc0ffffffc0fffffff", System.Globalization.NumberStyles.HexNumber, null);
        Plant(BigInteger.ModPow(r, power, (BigInteger.One << 130) - 5), _ => bits, lane);
        Assert.Contains(Search(SecretKind.PacketKey), static hit => hit.Form == SecretForm.PolyLimbs);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Limbs_of_a_shared_secret_are_found(bool isWide)
    {
        Plant(new BigInteger(_key, isUnsigned: true), limb => isWide ? 51 : 26 - (limb % 2), isWide ? 8 : 4);
        Assert.Equal(SecretForm.CurveLimbs, Assert.Single(Search(SecretKind.DiffieHellman)).Form);
    }

    [Fact]
    public void A_secret_on_the_border_of_two_blocks_is_found_once()
    {
        _key.CopyTo(_memory, (1 << 19) - 10);
        var search = new MemorySearch([new Secret(SecretKind.SessionKey, "key", _key)]);
        search.SearchBlock(Somewhere, Somewhere.Start, _memory.AsSpan(0, 1 << 19), 0);
        search.SearchBlock(Somewhere, Somewhere.Start + (1 << 19) - ProcessMemory.Overlap, _memory.AsSpan((1 << 19) - ProcessMemory.Overlap), ProcessMemory.Overlap);
        Assert.Equal(2, search.Hits().Count);
    }

    [Fact]
    public void Random_memory_holds_no_form_of_hundreds_of_secrets()
    {
        var kinds = new[] { SecretKind.SessionKey, SecretKind.PacketKey, SecretKind.DiffieHellman };
        var secrets = Enumerable.Range(0, 600).Select(number => new Secret(kinds[number % 3], $"{number}", Bytes(1000 + number, 32)));
        var search = new MemorySearch(secrets);
        search.SearchBlock(Somewhere, Somewhere.Start, Bytes(5, 1 << 24), 0);
        Assert.Empty(search.Hits());
    }

    private static byte[] Bytes(int seed, int count)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private void Plant(BigInteger value, Func<int, int> bits, int lane)
    {
        for (var limb = 0; !value.IsZero; limb++)
        {
            var low = (ulong)(value & ((BigInteger.One << bits(limb)) - 1));
            BitConverter.GetBytes(low).AsSpan(0, lane).CopyTo(_memory.AsSpan(60_000 + (64 * limb)));
            value >>= bits(limb);
        }
    }

    private IReadOnlyList<MemoryHit> Search(SecretKind kind, byte[]? memory = null)
    {
        var search = new MemorySearch([new Secret(kind, "key", _key)]);
        search.SearchBlock(Somewhere, Somewhere.Start, memory ?? _memory, 0);
        return search.Hits();
    }
}
