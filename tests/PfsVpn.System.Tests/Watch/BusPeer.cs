using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using PfsVpn.Daemon.Bus;
using Libc = PfsVpn.Interop.Libc;

namespace PfsVpn.SystemTests.Watch;

/// <summary>One end of a D-Bus connection, in the bytes of the specification: what a bus, or logind on a bus, says to the daemon.</summary>
internal sealed class BusPeer(Socket socket) : IDisposable
{
    private const int EPIPE = 32, ECONNRESET = 104;

    private uint _serial = 100;

    /// <summary>Reads a line of the authentication.</summary>
    public string ReadLine()
    {
        var line = new StringBuilder();
        Span<byte> one = stackalloc byte[1];
        while (line.Length < 2 || line[^1] != '\n')
        {
            if (socket.Receive(one) == 0) throw new EndOfStreamException();
            line.Append((char)one[0]);
        }
        return line.ToString().TrimEnd('\r', '\n');
    }

    public void WriteLine(string line) => socket.Send(Encoding.ASCII.GetBytes(line + "\r\n"));

    /// <summary>Receives one message; null where the other side is gone.</summary>
    public BusMessage? Receive()
    {
        var start = new byte[16];
        if (!Fill(start)) return null;
        Assert.Equal((byte)'l', start[0]);
        Assert.Equal(1, start[3]);
        var fieldsLength = (int)BinaryPrimitives.ReadUInt32LittleEndian(start.AsSpan(12));
        var bodyLength = (int)BinaryPrimitives.ReadUInt32LittleEndian(start.AsSpan(4));
        var rest = new byte[((fieldsLength + 7) & ~7) + bodyLength];
        if (!Fill(rest)) return null;
        var message = BusReader.ReadMessage((BusMessageKind)start[1], BinaryPrimitives.ReadUInt32LittleEndian(start.AsSpan(8)), rest.AsSpan(0, fieldsLength), rest.AsMemory(rest.Length - bodyLength));
        Assert.NotNull(message);
        return message;
    }

    /// <summary>Sends a message, and a descriptor with it unless it is -1. Returns its serial.</summary>
    public uint Send(BusMessage header, BusWriter? body = null, int descriptor = -1)
    {
        SendRaw((body ?? new BusWriter()).ToMessage(header with { Serial = ++_serial, Descriptors = descriptor < 0 ? 0u : 1u }), descriptor);
        return _serial;
    }

    /// <exception cref="EndOfStreamException">The other side is gone.</exception>
    public unsafe void SendRaw(byte[] bytes, int descriptor = -1)
    {
        var control = stackalloc nuint[3];
        var header = (Libc.cmsghdr*)control;
        *header = new Libc.cmsghdr { cmsg_len = (nuint)sizeof(Libc.cmsghdr) + sizeof(int), cmsg_level = Libc.SOL_SOCKET, cmsg_type = 1 };
        *(int*)(header + 1) = descriptor;
        fixed (byte* start = bytes)
        {
            var part = new Libc.iovec { iov_base = start, iov_len = (nuint)bytes.Length };
            var message = new Libc.msghdr { msg_iov = &part, msg_iovlen = 1 };
            if (descriptor >= 0)
            {
                message.msg_control = control;
                message.msg_controllen = 3 * sizeof(long);
            }
            var sent = Libc.sendmsg((int)socket.Handle, &message, Libc.MSG_NOSIGNAL);
            if (sent < 0 && Marshal.GetLastPInvokeError() is EPIPE or ECONNRESET) throw new EndOfStreamException();
            Assert.Equal(bytes.Length, sent);
        }
    }

    public void Dispose()
    {
        // A thread may be blocked in a receive: closing alone would not end it.
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            // The other side was faster, or this was done before.
        }
        socket.Dispose();
    }

    private bool Fill(Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int count;
            try
            {
                count = socket.Receive(buffer);
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
            {
                return false;
            }
            if (count == 0) return false;
            buffer = buffer[count..];
        }
        return true;
    }
}
