using System.Net.Sockets;
using PfsVpn.Runtime;

namespace PfsVpn.Daemon;

/// <summary>Finds out whether a daemon already serves an interface, before anything is touched.</summary>
internal static class LiveSocket
{
    /// <summary>The path of an interface's control socket.</summary>
    public static string PathOf(string interfaceName, string directory = ControlSocketServer.DefaultDirectory) => Path.Join(directory, interfaceName + ".sock");

    /// <summary>Does nothing where no socket is there, or a stale one that nobody listens on.</summary>
    /// <exception cref="StartException">A daemon answers.</exception>
    public static void Refuse(string interfaceName, string directory = ControlSocketServer.DefaultDirectory)
    {
        var path = PathOf(interfaceName, directory);
        if (!File.Exists(path)) return;
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        // Non-blocking: a daemon whose queue of connections is full is alive, too.
        socket.Blocking = false;
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.ConnectionRefused or SocketError.AddressNotAvailable)
        {
            return;
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.AccessDenied)
        {
            throw new StartException($"the control socket {path} exists and may not be opened by this user; start pfsvpnd as root.");
        }
        catch (SocketException)
        {
            // Would block: alive. What else there may be is found out when the socket is made.
        }
        throw new StartException($"{interfaceName} is running already: a daemon answers on {path}. End it first (ip link delete {interfaceName}), or choose another name.");
    }
}
