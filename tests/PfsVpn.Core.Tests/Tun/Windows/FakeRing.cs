using System.Runtime.InteropServices;

namespace PfsVpn.Tests.Tun.Windows;

/// <summary>A ring with Wintun's contract: places are reserved in order and committed in any, packets are taken in order and released in any. Whoever breaks it hears of it.</summary>
internal sealed unsafe class FakeRing : IDisposable
{
    public const int Full = -1, Empty = -2;

    private const uint Reserved = 0x8000_0000, Taken = 0x4000_0000, Released = 0x2000_0000, Size = 0x1FFF_FFFF;
    private const int Header = sizeof(uint), LargestPacket = 0xFFFF;

    private readonly Lock _gate = new();
    private readonly int _capacity;
    private readonly byte* _data;
    private int _head, _next, _published, _tail;

    public FakeRing(int capacity)
    {
        _capacity = capacity;
        _data = (byte*)NativeMemory.AllocZeroed((nuint)(capacity + LargestPacket + Header));
    }

    /// <summary>Bytes of every packet, also of those that were given back, whose places are not used anew.</summary>
    public ReadOnlySpan<byte> Memory => new(_data, _capacity);

    public byte* Reserve(int length)
    {
        lock (_gate)
        {
            if (Room(length) > Wrap(_head - _tail - Header)) return null;
            var header = At(_tail);
            *header = (uint)length | Reserved;
            _tail = After(_tail);
            return (byte*)(header + 1);
        }
    }

    public void Commit(byte* packet)
    {
        lock (_gate)
        {
            var header = (uint*)packet - 1;
            Assert.True((*header & Reserved) != 0, "sent twice, or never allocated");
            *header &= ~Reserved;
            while (_published != _tail && (*At(_published) & Reserved) == 0) _published = After(_published);
        }
    }

    public byte* Take(out int length)
    {
        lock (_gate)
        {
            length = 0;
            if (_next == _published) return null;
            var header = At(_next);
            length = (int)*header;
            *header |= Taken;
            _next = After(_next);
            return (byte*)(header + 1);
        }
    }

    public void Release(byte* packet)
    {
        lock (_gate)
        {
            var header = (uint*)packet - 1;
            Assert.True((*header & (Taken | Released)) == Taken, "released twice, or never received");
            *header |= Released;
            while (_head != _next && (*At(_head) & Released) != 0) _head = After(_head);
        }
    }

    /// <summary>How many packets were taken and not released.</summary>
    public int Held
    {
        get
        {
            lock (_gate)
            {
                var count = 0;
                for (var at = _head; at != _next; at = After(at)) count += (*At(at) & Released) == 0 ? 1 : 0;
                return count;
            }
        }
    }

    public void Dispose() => NativeMemory.Free(_data);

    private uint* At(int offset) => (uint*)(_data + offset);

    private static int Room(int length) => (Header + length + 3) & ~3;

    private int Wrap(int offset) => offset & (_capacity - 1);

    private int After(int offset) => Wrap(offset + Room((int)(*At(offset) & Size)));
}
