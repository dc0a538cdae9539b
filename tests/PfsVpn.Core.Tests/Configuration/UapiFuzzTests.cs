using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using PfsVpn.Configuration;
using PfsVpn.Crypto;

namespace PfsVpn.Tests.Configuration;

/// <summary>Random input: nothing throws, no slot and no block is lost, and how the bytes are cut never matters.</summary>
public sealed class UapiFuzzTests : IDisposable
{
    private const int Seed = 20240229;

    private static readonly byte[] Sample = Encoding.ASCII.GetBytes(
        $"private_key={UapiTestText.KeyA}\nlisten_port=51820\nfwmark=0x20\nrekey_after_time=30\nrekey_after_bytes=1048576\nreplace_peers=true\n" +
        $"public_key={UapiTestText.KeyA}\nupdate_only=true\npreshared_key={UapiTestText.KeyB}\nendpoint=[fe80::1%1]:51820\npersistent_keepalive_interval=25\nrekey_after_time=0\n" +
        $"replace_allowed_ips=true\nallowed_ip=10.0.0.0/8\nallowed_ip=-2001:db8::/32\nprotocol_version=1\n" +
        $"public_key={UapiTestText.KeyB}\nendpoint=192.0.2.1:1\nallowed_ip=0.0.0.0/0\nremove=true\n\n");

    private static readonly byte[][] Words =
    [
        .. new[] { "\n", "\n\n", "=", "true", "private_key=", "public_key=", "endpoint=", "allowed_ip=", "[", "]", ":", "::", "%", "/", "-", "0x", "65536", "rekey_after_time=", "rekey_after_bytes=", "10", "get=1\n\n", "set=1\n", "status=1\n\n", "\0", "\r\n" }
            .Select(Encoding.ASCII.GetBytes),
        Encoding.ASCII.GetBytes(UapiTestText.KeyB), Encoding.ASCII.GetBytes(new string('a', 5000)),
    ];

    private readonly SecretArena _arena = SecretArena.Create();
    private readonly LockedMemoryPool _pool = new();

    [Fact]
    public void A_set_cut_anywhere_gives_the_same_change()
    {
        var expected = UapiTestText.ParseAll(_arena, _pool, new ReadOnlySequence<byte>(Sample));
        Assert.Contains("+10.0.0.0/8 -2001:db8::/32", expected);
        for (var cut = 0; cut <= Sample.Length; cut++)
        {
            Assert.Equal(expected, UapiTestText.ParseAll(_arena, _pool, UapiTestText.Cut(Sample, cut)));
            Assert.Equal(expected, ParseInSteps(Sample, [cut]));
        }
        Assert.Equal(expected, ParseInSteps(Sample, [.. Enumerable.Range(0, Sample.Length)]));
    }

    [Fact]
    public void Random_bytes_never_throw()
    {
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            UapiTestText.ParseAll(_arena, _pool, new ReadOnlySequence<byte>(bytes));
            return _arena.SlotsInUse == 0 && _pool.RentedBlocks == 0;
        }));
    }

    [Fact]
    public void A_mutated_set_never_throws_and_is_the_same_however_it_is_cut()
    {
        var random = new Random(Seed);
        for (var round = 0; round < 5000; round++)
        {
            var mutated = Mutate(Sample, random);
            int[] cuts = [.. Enumerable.Range(0, random.Next(5)).Select(_ => random.Next(mutated.Length + 1)).Order()];
            var whole = UapiTestText.ParseAll(_arena, _pool, new ReadOnlySequence<byte>(mutated));
            Assert.Equal(whole, UapiTestText.ParseAll(_arena, _pool, UapiTestText.Cut(mutated, cuts)));
            Assert.Equal(whole, ParseInSteps(mutated, cuts));
            Assert.Equal(0, _arena.SlotsInUse);
            Assert.Equal(0, _pool.RentedBlocks);
        }
    }

    [Fact]
    public void A_mutated_conversation_never_throws_and_is_the_same_however_it_is_cut()
    {
        byte[] conversation = [.. "get=1\n\nset=1\n"u8, .. Sample, .. "status=1\n\nset=1\n"u8, .. Sample, .. "get=1\n\n"u8];
        var random = new Random(Seed);
        for (var round = 0; round < 3000; round++)
        {
            var mutated = Mutate(conversation, random);
            int[] cuts = [.. Enumerable.Range(0, random.Next(5)).Select(_ => random.Next(mutated.Length + 1)).Order()];
            Assert.Equal(ReadRequests(mutated, []), ReadRequests(mutated, cuts));
            Assert.Equal(0, _arena.SlotsInUse);
            Assert.Equal(0, _pool.RentedBlocks);
        }
    }

    public void Dispose()
    {
        _pool.Dispose();
        _arena.Dispose();
    }

    /// <summary>Gives the bytes up to each cut one after the other, with what was left over, as a pipe does.</summary>
    private string ParseInSteps(byte[] bytes, int[] cuts)
    {
        using var parser = new UapiSetParser(_arena, _pool);
        var consumed = 0;
        foreach (var cut in cuts.Append(bytes.Length))
        {
            var input = new ReadOnlySequence<byte>(bytes, consumed, cut - consumed);
            var done = parser.Parse(ref input);
            consumed = cut - (int)input.Length;
            if (!done) continue;
            if (parser.Error is { } error) return error.ToString();
            using var change = parser.TakeChange();
            return UapiTestText.Describe(change);
        }
        return "incomplete";
    }

    private string ReadRequests(byte[] bytes, int[] cuts)
    {
        using var reader = new UapiRequestReader(_arena, _pool, maximumSetBytes: 20_000);
        var text = new StringBuilder();
        var consumed = 0;
        foreach (var cut in cuts.Append(bytes.Length))
        {
            while (true)
            {
                var input = new ReadOnlySequence<byte>(bytes, consumed, cut - consumed);
                var found = reader.TryRead(ref input, out var request);
                consumed = cut - (int)input.Length;
                if (!found) break;
                Describe(request, text);
                if (request.IsLast) return text.ToString();
            }
        }
        if (reader.TryEnd(out var last)) Describe(last, text);
        return text.ToString();
    }

    private static void Describe(in UapiRequest request, StringBuilder text)
    {
        using var change = request.Change;
        text.Append(request.Operation).Append(' ').Append(request.Error).Append(' ').Append(request.IsLast).AppendLine(change is null ? "" : UapiTestText.Describe(change));
    }

    private static byte[] Mutate(byte[] original, Random random)
    {
        var bytes = new List<byte>(original);
        for (var i = random.Next(1, 5); i > 0; i--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes.RemoveRange(at, Math.Min(random.Next(1, 40), bytes.Count - at - 1)); break;
                case 3: bytes.InsertRange(at, Words[random.Next(Words.Length)]); break;
                case 4: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 200), bytes.Count - at))); break;
                default: bytes.RemoveRange(at + 1, bytes.Count - at - 1); break;
            }
        }
        return [.. bytes];
    }
}
