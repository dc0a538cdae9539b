using PfsVpn.Crypto;

namespace PfsVpn.Tests.Crypto;

public sealed class KdfTests
{
    [Fact]
    public void Hmac_agrees_with_another_implementation_for_keys_of_any_length()
    {
        var mac = new byte[32];
        foreach (var vector in VectorFile.Read("hkdf-blake2s.txt", "hmac"))
        {
            var input = vector["input"];
            for (var split = 0; split <= input.Length; split += 7)
            {
                Kdf.Hmac(mac, vector["key"], input.AsSpan(0, split), input.AsSpan(split));
                Assert.Equal(vector["hmac"], mac);
            }
        }
    }

    [Fact]
    public void The_three_kdfs_agree_with_another_implementation()
    {
        using var arena = SecretArena.Create();
        foreach (var vector in VectorFile.Read("hkdf-blake2s.txt", "output3"))
        {
            using var chainingKey = SecretKeys.Of(arena, vector["key"]);
            using var one = arena.Allocate();
            using var two = arena.Allocate();
            using var three = arena.Allocate();

            Kdf.Derive1(one, chainingKey, vector["input"]);
            Assert.Equal(vector["output1"], one.Bytes.ToArray());

            one.Erase();
            Kdf.Derive2(one, two, chainingKey, vector["input"]);
            Assert.Equal(vector["output1"], one.Bytes.ToArray());
            Assert.Equal(vector["output2"], two.Bytes.ToArray());

            one.Erase();
            two.Erase();
            Kdf.Derive3(one, two, three, chainingKey, vector["input"]);
            Assert.Equal(vector["output1"], one.Bytes.ToArray());
            Assert.Equal(vector["output2"], two.Bytes.ToArray());
            Assert.Equal(vector["output3"], three.Bytes.ToArray());
        }
    }

    [Fact]
    public void An_output_may_take_the_place_of_the_chaining_key_and_of_the_input()
    {
        using var arena = SecretArena.Create();
        var vector = VectorFile.Read("hkdf-blake2s.txt", "output3").Single(static record => record["input"].Length == 32);
        using var chainingKey = SecretKeys.Of(arena, vector["key"]);
        using var input = SecretKeys.Of(arena, vector["input"]);
        using var third = arena.Allocate();

        Kdf.Derive3(chainingKey, input, third, chainingKey, input.Bytes);

        Assert.Equal(vector["output1"], chainingKey.Bytes.ToArray());
        Assert.Equal(vector["output2"], input.Bytes.ToArray());
        Assert.Equal(vector["output3"], third.Bytes.ToArray());
    }

    [Fact]
    public void A_disposed_key_is_refused()
    {
        using var arena = SecretArena.Create();
        using var output = arena.Allocate();
        var chainingKey = arena.Allocate();
        chainingKey.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Kdf.Derive1(output, chainingKey, []));
        Assert.Throws<ObjectDisposedException>(() => Kdf.Derive1(chainingKey, output, []));
    }
}
