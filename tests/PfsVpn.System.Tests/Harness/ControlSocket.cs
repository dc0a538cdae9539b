using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace PfsVpn.SystemTests.Harness;

/// <summary>Speaks to a daemon's control socket directly: what the stock tool cannot ask.</summary>
public static class ControlSocket
{
    /// <summary>The socket of an interface.</summary>
    public static string PathOf(string interfaceName) => $"/var/run/wireguard/{interfaceName}.sock";

    /// <summary>Whether a daemon listens there and answers.</summary>
    public static async Task<bool> IsAnsweringAsync(string interfaceName)
    {
        try
        {
            return (await RequestAsync(interfaceName, "get=1\n\n")).Contains("errno=0", StringComparison.Ordinal);
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Sends one request, which must end with an empty line, and returns the answer up to its empty line.</summary>
    public static async Task<string> RequestAsync(string interfaceName, string request)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(PathOf(interfaceName)));
        await socket.SendAsync(Encoding.ASCII.GetBytes(request));
        var answer = new StringBuilder();
        var buffer = new byte[65536];
        using var bound = new CancellationTokenSource(Wait.Bound);
        while (!answer.ToString().EndsWith("\n\n", StringComparison.Ordinal))
        {
            var count = await socket.ReceiveAsync(buffer, bound.Token);
            if (count == 0) break;
            answer.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }
        return answer.ToString();
    }

    /// <summary>The status that pfsvpnd answers as one line of JSON.</summary>
    public static async Task<JsonElement> StatusAsync(string interfaceName)
    {
        var answer = await RequestAsync(interfaceName, "status=1\n\n");
        var line = answer.Split('\n').FirstOrDefault(l => l.StartsWith('{')) ?? throw new InvalidOperationException("no JSON in the answer to status=1: " + answer);
        using var document = JsonDocument.Parse(line);
        return document.RootElement.Clone();
    }
}
