using System.Net.Sockets;
using System.Text;

namespace PfsVpn.PeerBench;

/// <summary>Asks a daemon's control socket whether it is there.</summary>
internal static class ControlSocket
{
    /// <summary>Where the socket of an interface is, for every implementation.</summary>
    public static string PathOf(string interfaceName) => $"/var/run/wireguard/{interfaceName}.sock";

    /// <summary>Whether a daemon listens there and answers `get=1` without an error.</summary>
    public static bool IsAnswering(string interfaceName)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 1000, SendTimeout = 1000 };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(PathOf(interfaceName)));
            socket.Send("get=1\n\n"u8);
            var buffer = new byte[4096];
            var answer = "";
            while (!answer.EndsWith("\n\n", StringComparison.Ordinal))
            {
                var count = socket.Receive(buffer);
                if (count == 0) break;
                answer += Encoding.ASCII.GetString(buffer, 0, count);
            }
            return answer.Contains("errno=0\n", StringComparison.Ordinal);
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
