using System.Net.Sockets;
using System.Text;

namespace PfsVpn.Lab.Memory.Target;

/// <summary>Speaks with the control socket of a userspace WireGuard.</summary>
/// <remarks>References: https://www.wireguard.com/xplatform/. What goes through it is in managed strings: for a lab process only.</remarks>
internal static class ControlClient
{
    private const string Directory = "/var/run/wireguard/";

    /// <summary>Sends a request, to which the empty line is added, and returns the lines of the answer but the last, errno.</summary>
    /// <exception cref="LabException">There is no such interface, or the daemon refuses.</exception>
    public static IReadOnlyList<string> Request(string name, string request)
    {
        if (!TryRequest(name, request, out var lines)) throw new LabException($"The control socket of {name} does not answer.");
        var errno = lines.LastOrDefault(static line => line.StartsWith("errno=", StringComparison.Ordinal));
        if (errno != "errno=0") throw new LabException($"The daemon of {name} refuses: {errno ?? "no answer"}.");
        return [.. lines.Where(static line => !line.StartsWith("errno=", StringComparison.Ordinal))];
    }

    /// <summary>Sends a request; false where nobody answers.</summary>
    public static bool TryRequest(string name, string request, out IReadOnlyList<string> lines)
    {
        lines = [];
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 10_000 };
            socket.Connect(new UnixDomainSocketEndPoint(Directory + name + ".sock"));
            socket.Send(Encoding.ASCII.GetBytes(request + "\n\n"));
            var answer = new StringBuilder();
            var buffer = new byte[65536];
            while (!EndsWithEmptyLine(answer))
            {
                var count = socket.Receive(buffer);
                if (count == 0) break;
                answer.Append(Encoding.ASCII.GetString(buffer, 0, count));
            }
            lines = answer.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            return lines.Count > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>The process that listens on the control socket of an interface.</summary>
    /// <exception cref="LabException">There is none.</exception>
    public static int ProcessOf(string name)
    {
        const int SOL_SOCKET = 1, SO_PEERCRED = 17;
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(Directory + name + ".sock"));
            var credentials = new byte[12];
            socket.GetRawSocketOption(SOL_SOCKET, SO_PEERCRED, credentials);
            return BitConverter.ToInt32(credentials);
        }
        catch (SocketException failure)
        {
            throw new LabException($"The control socket of {name} does not answer: {failure.Message}", failure);
        }
    }

    private static bool EndsWithEmptyLine(StringBuilder text) => text.Length > 1 && text[^1] == '\n' && text[^2] == '\n';
}
