using System.Runtime.InteropServices;
using PfsVpn.Interop.Windows;
using PfsVpn.Packets;

namespace PfsVpn.Udp;

/// <summary>A message to receive into, with room for the sender's address and the control messages.</summary>
/// <remarks>Sizes: 65,536 bytes with a buffer of its own. Threading: one thread, and the system while a receive is pending. Safety: freed only when none is.</remarks>
internal sealed unsafe class WindowsReceiveSlot : IDisposable
{
    /// <summary>Longer than any datagram, and any run of them that the system is asked for.</summary>
    public const int MaxLength = 65_536;

    private const int BufferOffset = 16;
    private readonly byte* _memory;
    private readonly byte* _own;

    /// <summary>Makes a slot, with a buffer of its own or for buffers of others.</summary>
    public WindowsReceiveSlot(bool withBuffer)
    {
        _memory = (byte*)NativeMemory.AllocZeroed((nuint)(sizeof(Ws2_32.WSAMSG) + BufferOffset + WindowsSocketAddress.Room + WindowsControlMessages.Room));
        _own = withBuffer ? (byte*)NativeMemory.Alloc(MaxLength) : null;
    }

    /// <summary>The buffer of its own.</summary>
    public byte* Buffer => _own;

    private Ws2_32.WSAMSG* Message => (Ws2_32.WSAMSG*)_memory;

    private byte* Name => (byte*)(Message + 1) + BufferOffset;

    private byte* Control => Name + WindowsSocketAddress.Room;

    /// <summary>The message, ready to receive into a buffer of <see cref="MaxLength"/> bytes.</summary>
    public Ws2_32.WSAMSG* Prepare(byte* buffer)
    {
        var part = (Ws2_32.WSABUF*)(Message + 1);
        *part = new Ws2_32.WSABUF { len = MaxLength, buf = buffer };
        *Message = new Ws2_32.WSAMSG
        {
            name = Name,
            namelen = WindowsSocketAddress.Room,
            lpBuffers = part,
            dwBufferCount = 1,
            Control = new Ws2_32.WSABUF { len = WindowsControlMessages.Room, buf = Control },
        };
        return Message;
    }

    /// <summary>What came with the datagram that was received.</summary>
    public DatagramSource Read(out byte tos, out int segmentLength)
    {
        WindowsControlMessages.Read(Control, Math.Min(Message->Control.len, WindowsControlMessages.Room), out var local, out tos, out segmentLength);
        return new DatagramSource { Remote = WindowsSocketAddress.Read(Name), Local = local };
    }

    /// <summary>Frees the native memory.</summary>
    public void Dispose()
    {
        NativeMemory.Free(_memory);
        NativeMemory.Free(_own);
    }
}
