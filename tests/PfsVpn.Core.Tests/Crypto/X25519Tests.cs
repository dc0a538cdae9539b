using PfsVpn.Crypto;

namespace PfsVpn.Tests.Crypto;

public sealed class X25519Tests : IDisposable
{
    private readonly SecretArena _arena = SecretArena.Create();

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void It_gives_the_results_of_the_RFC()
    {
        var vectors = VectorFile.Read("rfc7748.txt", "scalar");
        Assert.Equal(2, vectors.Count);
        foreach (var vector in vectors)
            Assert.Equal(vector["result"], Multiply(vector["scalar"], vector["point"]));
    }

    [Fact]
    public void Iterated_a_thousand_times_it_gives_the_result_of_the_RFC()
    {
        var vector = Assert.Single(VectorFile.Read("rfc7748.txt", "after1000"));
        byte[] scalar = vector["start"], point = vector["start"];
        for (var i = 1; i <= 1000; i++)
        {
            (scalar, point) = (Multiply(scalar, point), scalar);
            if (i == 1) Assert.Equal(vector["after1"], scalar);
        }
        Assert.Equal(vector["after1000"], scalar);
    }

    [Fact]
    public void Alice_and_Bob_agree_as_in_the_RFC()
    {
        var vector = Assert.Single(VectorFile.Read("rfc7748.txt", "shared"));
        using var alice = SecretKeys.Of(_arena, vector["alicePrivate"]);
        using var bob = SecretKeys.Of(_arena, vector["bobPrivate"]);
        using var shared = _arena.Allocate();

        Assert.Equal(new PublicKey(vector["alicePublic"]), X25519.ComputePublicKey(alice));
        Assert.Equal(new PublicKey(vector["bobPublic"]), X25519.ComputePublicKey(bob));
        Assert.True(X25519.TryDeriveSharedSecret(shared, alice, new PublicKey(vector["bobPublic"])));
        Assert.Equal(vector["shared"], shared.Bytes.ToArray());
        Assert.True(X25519.TryDeriveSharedSecret(shared, bob, new PublicKey(vector["alicePublic"])));
        Assert.Equal(vector["shared"], shared.Bytes.ToArray());
    }

    [Fact]
    public void Every_point_of_small_order_is_refused_and_leaves_zeros()
    {
        using var privateKey = _arena.Allocate();
        X25519.GeneratePrivateKey(privateKey, SystemRandom.Instance);
        var vectors = VectorFile.Read("rfc7748-small-order.txt");
        Assert.Equal(14, vectors.Count);
        foreach (var vector in vectors)
        {
            using var shared = SecretKeys.Counting(_arena, 1);
            Assert.False(X25519.TryDeriveSharedSecret(shared, privateKey, new PublicKey(vector["point"])));
            Assert.True(shared.IsZero);
        }
    }

    [Fact]
    public void The_result_may_take_the_place_of_the_private_key()
    {
        var vector = Assert.Single(VectorFile.Read("rfc7748.txt", "shared"));
        using var alice = SecretKeys.Of(_arena, vector["alicePrivate"]);
        Assert.True(X25519.TryDeriveSharedSecret(alice, alice, new PublicKey(vector["bobPublic"])));
        Assert.Equal(vector["shared"], alice.Bytes.ToArray());
    }

    [Fact]
    public void A_new_private_key_is_clamped_and_clamping_keeps_the_public_key()
    {
        using var key = _arena.Allocate();
        for (var i = 0; i < 64; i++)
        {
            key.Randomize(SystemRandom.Instance);
            var before = X25519.ComputePublicKey(key);
            X25519.Clamp(key);
            Assert.Equal(before, X25519.ComputePublicKey(key));

            X25519.GeneratePrivateKey(key, SystemRandom.Instance);
            Assert.Equal(0, key.Bytes[0] & 7);
            Assert.Equal(64, key.Bytes[31] & 192);
        }
    }

    private byte[] Multiply(byte[] scalar, byte[] point)
    {
        using var privateKey = SecretKeys.Of(_arena, scalar);
        using var shared = _arena.Allocate();
        Assert.True(X25519.TryDeriveSharedSecret(shared, privateKey, new PublicKey(point)));
        return shared.Bytes.ToArray();
    }
}
