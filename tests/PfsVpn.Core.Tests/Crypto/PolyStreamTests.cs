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
    [MemberData(nameof(AeadKernelData.Supported), MemberType = typeof(AeadKernelData))]
    public void Streams_with_hard_keys_and_texts_give_the_tags_of_the_scalar_form(string name)
    {
        // With r = 1 and blocks of ones the words of the sum stay all ones, so that each carry goes through to the end.
        foreach (var (low, high) in ((ulong, ulong)[])[(0, 0), (1, 0), (2, 0), (4, 0), (0, 4), (ulong.MaxValue, ulong.MaxValue), (ulong.MaxValue, 0), (0, ulong.MaxValue)])
        {
            foreach (var textByte in (byte[])[0x00, 0x7F, 0xFB, 0xFE, 0xFF])
            {
                for (var i = 0; i < MaxTexts; i++) (_keys[4 * i], _keys[(4 * i) + 1]) = (low, high);
                new Span<byte>(_texts, MaxTexts * Room).Fill(textByte);
                AssertTags(AeadKernelData.Parse(name), 512, 1420, 2000);
            }
        }
    }

    [Theory]
    [MemberData(nameof(AeadKernelData.Supported), MemberType = typeof(AeadKernelData))]
    public void Random_streams_of_all_lengths_give_the_tags_of_the_scalar_form(string name)
    {
        var random = new Random(7);
        for (var round = 0; round < 500; round++)
        {
            random.NextBytes(new Span<byte>(_keys, MaxTexts * 32));
            random.NextBytes(new Span<byte>(_texts, MaxTexts * Room));
            AssertTags(AeadKernelData.Parse(name), random.Next(48, Room - 15), random.Next(48, Room - 15), random.Next(48, Room - 15));
        }
    }

    /// <summary>Runs the texts as one list of streams until all steps are done, and goes on idle for a pass more.</summary>
    private void AssertTags(AeadKernel kernel, params ReadOnlySpan<int> lengths)
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
        var engine = AeadKernels.Create(kernel);
        for (var done = 0; done < steps + PolyStream.StepsPerPass; done += PolyStream.StepsPerPass) engine.XorBlocks((uint*)_keys, _lanes, LaneTable.Capacity);
        var tags = stackalloc ulong[4];
        for (var i = 0; i < lengths.Length; i++)
        {
            // The other kernels leave streams alone, and all is done at the end.
            if (kernel == AeadKernel.Vector512) Assert.Equal(0, _streams[i].Steps);
            Poly1305Scalar.TagOfStream(_streams + i, _texts + (Room * i), lengths[i], _keys + (4 * i), tags);
            Poly1305Scalar.Tag(_texts + (Room * i), lengths[i], _keys + (4 * i), tags + 2);
            Assert.Equal((tags[2], tags[3]), (tags[0], tags[1]));
        }
        Assert.Equal(0UL, _lanes->Idle.Low | _lanes->Idle.High | _lanes->Idle.Top);
    }
}
