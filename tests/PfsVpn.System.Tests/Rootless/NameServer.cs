using System.Net;
using System.Net.Sockets;
using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Rootless;

/// <summary>A name server that has one answer: the server's inner address. Sockets may ask it over UDP at an inner address only.</summary>
/// <remarks>References: RFC 1035, section 4.</remarks>
public sealed class NameServer : IDisposable
{
    private readonly Socket _socket;
    private readonly Task _serving;
    private int _questions;

    private NameServer(Socket socket)
    {
        _socket = socket;
        _serving = ServeAsync();
    }

    /// <summary>Questions that it was asked.</summary>
    public int Questions => Volatile.Read(ref _questions);

    /// <summary>Listens on port 53 of the server's inner address.</summary>
    public static NameServer Start(NetworkNamespace server) => new(server.OpenUdp(IPAddress.Parse(UserWorld.ServerV4), 53));

    public void Dispose()
    {
        _socket.Dispose();
        _serving.Wait();
    }

    private async Task ServeAsync()
    {
        var question = new byte[512];
        while (true)
        {
            try
            {
                var from = await _socket.ReceiveFromAsync(question, new IPEndPoint(IPAddress.Any, 0));
                Interlocked.Increment(ref _questions);
                await _socket.SendToAsync(Answer(question.AsSpan(0, from.ReceivedBytes)), from.RemoteEndPoint);
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    /// <summary>The question again, marked as an answer; behind it the address, where one of IPv4 is asked for.</summary>
    private static byte[] Answer(ReadOnlySpan<byte> question)
    {
        var end = 12;
        while (question[end] != 0) end += question[end] + 1;
        var isAddress = question[end + 2] == 1;
        end += 5;
        byte[] answer = [.. question[..end], .. isAddress ? [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 78, 0, 1] : Array.Empty<byte>()];
        answer[2] = 0x85;
        answer[3] = 0x80;
        answer[7] = (byte)(isAddress ? 1 : 0);
        // No further sections: whatever the question had (EDNS), the answer has not.
        answer[8] = answer[9] = answer[10] = answer[11] = 0;
        return answer;
    }
}
