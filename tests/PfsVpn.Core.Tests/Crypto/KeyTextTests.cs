using System.Text;
using PfsVpn.Crypto;

namespace PfsVpn.Tests.Crypto;

public sealed class KeyTextTests
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    [Fact]
    public void Every_key_comes_back_from_its_text_and_the_text_is_that_of_the_framework()
    {
        var random = new Random(4648);
        var (key, back, hex, base64) = (new byte[32], new byte[32], new byte[64], new byte[44]);
        for (var round = 0; round < 2000; round++)
        {
            random.NextBytes(key);
            KeyText.EncodeHex(key, hex);
            KeyText.EncodeBase64(key, base64);
            Assert.Equal(Convert.ToHexStringLower(key), Encoding.ASCII.GetString(hex));
            Assert.Equal(Convert.ToBase64String(key), Encoding.ASCII.GetString(base64));

            Assert.True(KeyText.TryDecodeHex(hex, back));
            Assert.Equal(key, back);
            Assert.True(KeyText.TryDecodeHex(Encoding.ASCII.GetBytes(Convert.ToHexString(key)), back));
            Assert.Equal(key, back);
            Assert.True(KeyText.TryDecodeBase64(base64, back));
            Assert.Equal(key, back);
        }
    }

    [Fact]
    public void Each_of_the_256_octets_at_each_place_is_accepted_exactly_where_it_belongs()
    {
        var key = new byte[32];
        var hex = Encoding.ASCII.GetBytes(new string('7', 64));
        for (var place = 0; place < hex.Length; place++)
        {
            for (var octet = 0; octet < 256; octet++)
            {
                var text = (byte[])hex.Clone();
                text[place] = (byte)octet;
                Assert.Equal(char.IsAsciiHexDigit((char)octet), Decodes(text, key, isHex: true));
            }
        }
        var base64 = Encoding.ASCII.GetBytes(new string('Q', 43) + "=");
        for (var place = 0; place < base64.Length; place++)
        {
            for (var octet = 0; octet < 256; octet++)
            {
                var text = (byte[])base64.Clone();
                text[place] = (byte)octet;
                var value = Alphabet.IndexOf((char)octet, StringComparison.Ordinal);
                var belongs = place switch { 43 => octet == '=', 42 => value >= 0 && value % 4 == 0, _ => value >= 0 };
                Assert.Equal(belongs, Decodes(text, key, isHex: false));
            }
        }
    }

    [Fact]
    public void Text_of_any_other_length_is_refused()
    {
        var key = new byte[32];
        for (var length = 0; length < 100; length++)
        {
            Assert.Equal(length == 64, Decodes(Encoding.ASCII.GetBytes(new string('0', length)), key, isHex: true));
            var base64 = length == 0 ? "" : new string('A', length - 1) + "=";
            Assert.Equal(length == 44, Decodes(Encoding.ASCII.GetBytes(base64), key, isHex: false));
        }
    }

    [Fact]
    public void A_key_can_be_decoded_in_the_place_of_its_text()
    {
        var key = Enumerable.Range(0, 32).Select(static i => (byte)(i * 7)).ToArray();
        var hex = Encoding.ASCII.GetBytes(Convert.ToHexString(key));
        Assert.True(KeyText.TryDecodeHex(hex, hex.AsSpan(0, 32)));
        Assert.Equal(key, hex[..32]);
        var base64 = Encoding.ASCII.GetBytes(Convert.ToBase64String(key));
        Assert.True(KeyText.TryDecodeBase64(base64, base64.AsSpan(0, 32)));
        Assert.Equal(key, base64[..32]);
    }

    [Fact]
    public void Buffers_of_a_wrong_size_are_refused()
    {
        Assert.Throws<ArgumentException>(() => KeyText.TryDecodeHex(new byte[64], new byte[31]));
        Assert.Throws<ArgumentException>(() => KeyText.TryDecodeBase64(new byte[44], new byte[33]));
        Assert.Throws<ArgumentException>(() => KeyText.EncodeHex(new byte[31], new byte[64]));
        Assert.Throws<ArgumentException>(() => KeyText.EncodeHex(new byte[32], new byte[63]));
        Assert.Throws<ArgumentException>(() => KeyText.EncodeBase64(new byte[33], new byte[44]));
        Assert.Throws<ArgumentException>(() => KeyText.EncodeBase64(new byte[32], new byte[45]));
    }

    [Theory]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", true)]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=", false)]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", false)]
    [InlineData(" AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", false)]
    [InlineData("āAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", false)]
    [InlineData("", false)]
    public void A_public_key_is_read_from_the_same_texts(string text, bool accepted)
    {
        Assert.Equal(accepted, PublicKey.TryParse(text, out var key));
        if (accepted) Assert.Equal(text, key.ToString());
    }

    /// <summary>Decodes into a key that held something, and sees that a refusal leaves only zeros.</summary>
    private static bool Decodes(byte[] text, byte[] key, bool isHex)
    {
        Array.Fill(key, (byte)0xA5);
        var accepted = isHex ? KeyText.TryDecodeHex(text, key) : KeyText.TryDecodeBase64(text, key);
        if (!accepted) Assert.Equal(new byte[32], key);
        return accepted;
    }
}
