using System.Runtime.InteropServices;
using PfsVpn.Crypto;

namespace PfsVpn.Tests.Crypto;

/// <summary>Poly1305 in the integer units during passes of ChaCha20: the same tags as without, for keys and texts that no nonce leads to.</summary>
public sealed unsafe class PolyStreamTests : IDisposable
{
    private const int MaxTexts = 3;
    private const int Room = 2048;

    private readonly LaneTable* _lanes = (LaneTable*)NativeMemory.AlignedAlloc((nuint)sizeof(LaneTable), 64);
    private readonly PolyStream* _streams = (PolyStream*)NativeMemory.AllocZeroed(MaxTexts, (nuint)sizeof(PolyStream));
    private readonly byte* _texts = (byte*)NativeMemory.AllocZeroed(MaxTexts, Room);
    private readonly byte* _blocks = (byte*)NativeMemory.AllocZeroed(LaneTable.Capacity, 64);
    private readonly ulong* _keys = (ulong*)NativeMemory.AllocZeroed(MaxTexts, 32);

    public PolyStreamTests()
    {
        new Span<byte>(_lanes, sizeof(LaneTable)).Clear();
        for (var lane = 0; lane < LaneTable.Capacity; lane++) _lanes->Block[lane] = (ulong)(_blocks + (64 * lane));
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_lanes);
        NativeMemory.Free(_streams);
        NativeMemory.Free(_texts);
        NativeMemory.Free(_blocks);
        NativeMemory.Free(_keys);
    }

    [Theory]
    [InlineData(0x00, 0x00)]
    [InlineData(0x00, 0xFF)]
    [InlineData(0xFF, 0x00)]
    [InlineData(0xFF, 0xFF)]
    [InlineData(0x02, 0xFF)]
    [InlineData(0x5A, 0xFB)]
    public void Streams_give_the_tags_of_the_scalar_form(byte keyByte, byte textByte)
    {
        if (!AeadKernels.IsSupported(AeadKernel.Vector512)) return;
        new Span<byte>(_keys, MaxTexts * 32).Fill(keyByte);
        new Span<byte>(_texts, MaxTexts * Room).Fill(textByte);
        AssertTags(512, 1420, 2000);
    }

    [Fact]
    public void Random_streams_of_all_lengths_give_the_tags_of_the_scalar_form()
    {
        if (!AeadKernels.IsSupported(AeadKernel.Vector512)) return;
        var random = new Random(7);
        for (var round = 0; round < 2000; round++)
        {
            random.NextBytes(new Span<byte>(_keys, MaxTexts * 32));
            random.NextBytes(new Span<byte>(_texts, MaxTexts * Room));
            AssertTags(random.Next(48, Room - 15), random.Next(48, Room - 15), random.Next(48, Room - 15));
        }
    }

    /// <summary>Runs the texts as one list of streams until all steps are done, and goes on idle for a pass more.</summary>
    private void AssertTags(params ReadOnlySpan<int> lengths)
    {
        var steps = 0;
        for (var i = 0; i < lengths.Length; i++)
        {
            var stream = _streams + i;
            Poly1305Scalar.Start(stream, _keys + (4 * i));
            stream->Text = (ulong*)(_texts + (Room * i));
            stream->Steps = lengths[i] / (16 * PolyStream.BlocksPerStep);
            stream->Stride = 2 * PolyStream.BlocksPerStep;
            stream->Next = i + 1 < lengths.Length ? stream + 1 : &_lanes->Idle;
            steps += (int)stream->Steps;
        }
        _lanes->Stream = _streams;
        var engine = AeadKernels.Create(AeadKernel.Vector512);
        for (var done = 0; done < steps + PolyStream.StepsPerPass; done += PolyStream.StepsPerPass) engine.XorBlocks((uint*)_keys, _lanes, LaneTable.Capacity);
        var tags = stackalloc ulong[4];
        for (var i = 0; i < lengths.Length; i++)
        {
            Assert.Equal(0, _streams[i].Steps);
            Poly1305Scalar.TagOfStream(_streams + i, _texts + (Room * i), lengths[i], _keys + (4 * i), tags);
            Poly1305Scalar.Tag(_texts + (Room * i), lengths[i], _keys + (4 * i), tags + 2);
            Assert.Equal((tags[2], tags[3]), (tags[0], tags[1]));
        }
        Assert.Equal(0UL, _lanes->Idle.Low | _lanes->Idle.High | _lanes->Idle.Top);
    }
}
