using System.Net;
using System.Net.Sockets;

namespace PfsVpn.SystemTests.Harness;

/// <summary>Hands over every frame that passes a host's interfaces, on a thread of its own.</summary>
/// <remarks>References: packet(7). The handler must not throw.</remarks>
internal sealed class FrameReader : IDisposable
{
    private const int AllProtocols = 3, LongestFrame = 128 * 1024;

    private readonly Handler _handler;
    private readonly Socket _socket;
    private readonly Task _reading;

    /// <summary>Begins to read.</summary>
    public FrameReader(NetworkNamespace host, Handler handler)
    {
        _handler = handler;
        _socket = host.Inside(static () => new Socket(AddressFamily.Packet, SocketType.Raw, (ProtocolType)IPAddress.HostToNetworkOrder((short)AllProtocols))
        {
            ReceiveBufferSize = 8 << 20,
            // Closing does not wake a thread that receives.
            ReceiveTimeout = 50,
        });
        _reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Takes a frame with its Ethernet header.</summary>
    public delegate void Handler(ReadOnlySpan<byte> frame);

    /// <summary>Ends it when the handler has returned.</summary>
    public void Dispose()
    {
        _socket.Dispose();
        _reading.Wait();
    }

    private void Read()
    {
        var buffer = new byte[LongestFrame];
        while (true)
        {
            try
            {
                _handler(buffer.AsSpan(0, _socket.Receive(buffer)));
            }
            catch (SocketException nothing) when (nothing.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
            {
                // Look again, or find it closed.
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }
}
