using System.Diagnostics;
using System.Runtime.InteropServices;
using PfsVpn.Crypto;

namespace PfsVpn.Packets;

/// <summary>
/// Many packets over one block of native memory: the unit that travels from the TUN to the wire and back on one thread.
/// </summary>
/// <remarks>
/// Layout: readers of inner packets place them so that each becomes a transport message in place: <see cref="WireLayout.Next"/> apart or further, with
/// <see cref="HeaderRoom"/> free bytes before the first and <see cref="TailRoom"/> behind the last.
/// <see cref="Packets"/> is what was read (extents, sources alongside); <see cref="Output"/> is what is to be written.
/// Sizes: <see cref="CapacityInBytes"/> bytes of memory, at most <see cref="MaxPackets"/> extents read and <see cref="MaxOutputs"/> to be written.
/// Threading: one owner. Ownership: the pump that rented it; only pumps rent and return.
/// </remarks>
internal sealed unsafe class PacketBatch : IDisposable
{
    /// <summary>Free bytes before each packet: the transport header (type 4, receiver 4, counter 8).</summary>
    public const int HeaderRoom = 16;

    /// <summary>Free bytes behind each packet: padding to 16 bytes and the tag of 16, rounded up.</summary>
    public const int TailRoom = 48;

    private const int Alignment = 4096;
    private bool _disposed;

    /// <summary>Allocates the native memory. Pages that are never touched cost nothing.</summary>
    /// <param name="capacityInBytes">Bytes of packets.</param>
    /// <param name="maxPackets">Extents that can be read.</param>
    /// <param name="maxOutputs">Extents to be written, where these are more: an extent with a stride is many packets. 0: as many.</param>
    public PacketBatch(int capacityInBytes, int maxPackets, int maxOutputs = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacityInBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPackets, 1);
        CapacityInBytes = capacityInBytes;
        MaxPackets = maxPackets;
        MaxOutputs = Math.Max(maxOutputs, maxPackets);
        Memory = (byte*)NativeMemory.AlignedAlloc((nuint)capacityInBytes + Alignment, Alignment);
        Packets = (PacketExtent*)NativeMemory.AllocZeroed((nuint)maxPackets, (nuint)sizeof(PacketExtent));
        Output = (PacketExtent*)NativeMemory.AllocZeroed((nuint)MaxOutputs, (nuint)sizeof(PacketExtent));
        Sources = (DatagramSource*)NativeMemory.AllocZeroed((nuint)maxPackets, (nuint)sizeof(DatagramSource));
    }

    /// <summary>Start of the memory.</summary>
    public byte* Memory { get; }

    /// <summary>Size of the memory.</summary>
    public int CapacityInBytes { get; }

    /// <summary>Capacity of <see cref="Packets"/> and <see cref="Sources"/>.</summary>
    public int MaxPackets { get; }

    /// <summary>Capacity of <see cref="Output"/>.</summary>
    public int MaxOutputs { get; }

    /// <summary>The packets that were read, <see cref="Count"/> of them.</summary>
    public PacketExtent* Packets { get; }

    /// <summary>Parallel to <see cref="Packets"/>: where each datagram came from. Not used for packets from the TUN.</summary>
    public DatagramSource* Sources { get; }

    /// <summary>The packets to be written, <see cref="OutputCount"/> of them.</summary>
    public PacketExtent* Output { get; }

    /// <summary>The MTU in bytes by which a TUN's reader laid the packets out, and by which they are padded; 0 for none.</summary>
    public int Mtu { get; set; }

    /// <summary>How many packets were read.</summary>
    public int Count { get; set; }

    /// <summary>How many packets are to be written.</summary>
    public int OutputCount { get; set; }

    /// <summary>High-water mark: every byte that was ever written since the last <see cref="Wipe"/> lies below it. Readers raise it.</summary>
    public int UsedBytes { get; set; }

    /// <summary>Forgets the extents; the bytes stay until <see cref="Wipe"/>.</summary>
    public void Clear()
    {
        Count = 0;
        OutputCount = 0;
    }

    /// <summary>Zeroes every byte used since the last call: before a pump blocks, so that no plaintext waits in an idle buffer.</summary>
    public void Wipe()
    {
        SecretMemory.Zero(Memory, (nuint)Math.Min(UsedBytes, CapacityInBytes));
        UsedBytes = 0;
        Clear();
    }

    /// <summary>The bytes of packet <paramref name="index"/>.</summary>
    public Span<byte> Packet(int index)
    {
        Debug.Assert(index >= 0 && index < Count);
        return new Span<byte>(Memory + Packets[index].Offset, Packets[index].Length);
    }

    /// <summary>Appends an extent to <see cref="Packets"/>; false when full.</summary>
    public bool TryAdd(int offset, int length, int stride = 0, byte tos = 0, bool continuesFlow = false)
    {
        Debug.Assert(offset >= 0 && offset + length <= CapacityInBytes);
        if (Count == MaxPackets) return false;
        Packets[Count++] = new PacketExtent { Offset = offset, Length = length, Stride = stride, Tos = tos, ContinuesFlow = continuesFlow ? (byte)1 : (byte)0 };
        return true;
    }

    /// <summary>Appends an extent to <see cref="Output"/>; false when full.</summary>
    public bool TryAddOutput(int offset, int length, byte tos = 0)
    {
        Debug.Assert(offset >= 0 && offset + length <= CapacityInBytes);
        if (OutputCount == MaxOutputs) return false;
        Output[OutputCount++] = new PacketExtent { Offset = offset, Length = length, Tos = tos };
        return true;
    }

    /// <summary>Wipes and frees the memory.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        Wipe();
        NativeMemory.AlignedFree(Memory);
        NativeMemory.Free(Packets);
        NativeMemory.Free(Output);
        NativeMemory.Free(Sources);
    }
}
