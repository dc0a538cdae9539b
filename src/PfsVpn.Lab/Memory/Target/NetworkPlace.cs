using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using PfsVpn.Lab.Interop;

namespace PfsVpn.Lab.Memory.Target;

/// <summary>The network namespace that a process lives in.</summary>
/// <param name="processId">The process.</param>
internal sealed class NetworkPlace(int processId)
{
    private string FilePath => $"/proc/{processId}/ns/net";

    /// <summary>Opens a UDP socket there, bound to an address and a port (0: any). It stays there wherever it is used.</summary>
    /// <exception cref="LabException">The namespace cannot be entered, or the address not be bound.</exception>
    public Socket OpenUdp(IPAddress address, int port = 0) => Inside(() =>
    {
        var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(address, port));
        return socket;
    });

    /// <summary>Runs <c>ip</c> there with the words of one line.</summary>
    /// <exception cref="LabException">It fails.</exception>
    public void Ip(string words)
    {
        using var process = Programs.Start("nsenter", [$"--net={FilePath}", "ip", .. words.Split(' ')]);
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new LabException($"ip {words}: {error.Trim()}");
    }

    private T Inside<T>(Func<T> action)
    {
        T? result = default;
        Exception? failure = null;
        // A thread of its own: it ends where it went.
        var thread = new Thread(() =>
        {
            try
            {
                using var file = File.OpenHandle(FilePath);
                if (Libc.setns((int)file.DangerousGetHandle(), Libc.CLONE_NEWNET) != 0) throw new LabException($"setns: {Marshal.GetLastPInvokeErrorMessage()}");
                result = action();
            }
            catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException or LabException)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return failure is null ? result! : throw new LabException($"In the network namespace of process {processId}: {failure.Message}", failure);
    }
}
