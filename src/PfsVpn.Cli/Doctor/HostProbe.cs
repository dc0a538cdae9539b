using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using PfsVpn.Cli.Control;
using PfsVpn.Cli.Paths;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Doctor;

/// <summary>This host.</summary>
/// <remarks>References: socket(7), ip(7), ipv6(7), udp(7). Values are those of Linux.</remarks>
internal sealed class HostProbe(CliContext context) : IHostProbe
{
    private const int SOL_SOCKET = 1, SO_MARK = 36, SO_BINDTODEVICE = 25;
    private const int EPERM = 1, ENETUNREACH = 101, EHOSTUNREACH = 113, ESRCH = 3;
    private const int Discard = 9, NameService = 53;
    private const double AnsweredWithinSeconds = 3;

    private static readonly TimeSpan KnockWait = TimeSpan.FromMilliseconds(500), NameWait = TimeSpan.FromSeconds(2), LongestTrial = TimeSpan.FromSeconds(9), Pause = TimeSpan.FromMilliseconds(20);

    /// <inheritdoc/>
    public string Version => HelpText.Version.TrimEnd().Split(" v")[^1];

    /// <inheritdoc/>
    public DateTimeOffset Now => context.Clock.GetUtcNow();

    /// <inheritdoc/>
    public DateTimeOffset ProgramTime => new(File.GetLastWriteTimeUtc(OwnProgram.Path));

    /// <inheritdoc/>
    public string? DaemonPath => OwnProgram.DaemonBeside(context) ?? context.Commands.Find(OwnProgram.Daemon);

    /// <inheritdoc/>
    public string? Text(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public int Mode(string path) => NativeFile.ModeOf(path);

    /// <inheritdoc/>
    public int TryOpen(string path) => NativeKernel.TryOpen(path);

    /// <inheritdoc/>
    public bool? Has(KernelFeature feature) => NativeKernel.Has(feature, this);

    /// <inheritdoc/>
    public CommandResult Run(string program, params string[] arguments) => context.Commands.Run(new CommandRequest(program, arguments));

    /// <inheritdoc/>
    public (int Error, string Words, EndpointAddress Address) Resolve(string host, string port)
    {
        var error = context.Resolver.Resolve(host, port, out var found);
        return (error, error == 0 ? "" : NativeResolver.Describe(error), found);
    }

    /// <inheritdoc/>
    public int KnockUdp(EndpointAddress target, uint mark)
    {
        try
        {
            using var socket = OpenUdp(target.Address, mark);
            socket.Connect(new IPEndPoint(target.Address.ToIPAddress(), target.Port));
            try
            {
                socket.Send(new byte[1]);
            }
            catch (SocketException refused) when (refused.SocketErrorCode == SocketError.AccessDenied)
            {
                return EPERM;
            }
            // An answer of the network comes as an error of the next call; polling would not show it.
            socket.ReceiveTimeout = (int)KnockWait.TotalMilliseconds;
            socket.Receive(new byte[1]);
            return 0;
        }
        catch (SocketException failure)
        {
            return failure.SocketErrorCode switch
            {
                SocketError.ConnectionRefused => NativeFile.ECONNREFUSED,
                SocketError.HostUnreachable => EHOSTUNREACH,
                SocketError.NetworkUnreachable => ENETUNREACH,
                SocketError.AccessDenied => NativeFile.EACCES,
                SocketError.TimedOut or SocketError.WouldBlock or SocketError.MessageSize => 0,
                _ => ESRCH,
            };
        }
    }

    /// <inheritdoc/>
    public IReadOnlySet<int>? Echo(IpAddress target, IReadOnlyList<int> sizes, uint mark) => EchoSender.TrySend(target, sizes, mark);

    /// <inheritdoc/>
    public bool AsksNameServer(IpAddress server)
    {
        // One question: the name servers of the root. RFC 1035 §4.1.
        ReadOnlySpan<byte> question = [0x50, 0x46, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1];
        try
        {
            using var socket = OpenUdp(server, mark: 0);
            socket.Connect(new IPEndPoint(server.ToIPAddress(), NameService));
            socket.Send(question);
            socket.ReceiveTimeout = (int)NameWait.TotalMilliseconds;
            Span<byte> answer = stackalloc byte[512];
            return socket.Receive(answer) >= 12 && answer[..2].SequenceEqual(question[..2]);
        }
        catch (SocketException failure) when (failure.SocketErrorCode == SocketError.MessageSize)
        {
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public HandshakeTrial? TryHandshake(string tunnel, IpAddress target, string publicKey, long after)
    {
        var before = DaemonStatus.Drops(DaemonStatus.Read(context, tunnel));
        SendInto(tunnel, target);
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var status = DaemonStatus.Read(context, tunnel);
            if (LatestHandshake(tunnel, publicKey) is not { } latest) return null;
            var drops = DaemonStatus.Drops(status).Where(drop => drop.Value > before.GetValueOrDefault(drop.Key)).ToDictionary(StringComparer.Ordinal);
            var trial = new HandshakeTrial(latest > after, DaemonStatus.LastFailure(status, publicKey, watch.Elapsed.TotalSeconds), drops);
            if (trial.Made || drops.ContainsKey("PresharedKeyMismatch") || trial.LastFailure is "ResponseRefused" or "WeakKey" || watch.Elapsed > LongestTrial) return trial;
            // Only one that was sent since we began says something: what stood in the way of those before may have gone.
            if (DaemonStatus.InitiationAge(status, publicKey) is { } age && age > AnsweredWithinSeconds && age < watch.Elapsed.TotalSeconds) return trial;
            context.Sleep(Pause);
        }
    }

    /// <summary>Sends one byte to an address by the tunnel, whatever the routes say.</summary>
    private static void SendInto(string tunnel, IpAddress target)
    {
        try
        {
            using var socket = OpenUdp(target, mark: 0);
            socket.SetRawSocketOption(SOL_SOCKET, SO_BINDTODEVICE, NativeFile.Terminated(tunnel));
            socket.SendTo(new byte[1], new IPEndPoint(target.ToIPAddress(), Discard));
        }
        catch (SocketException)
        {
            // The interface has no address of this family, or we no right to choose it: what the daemon does by itself must do.
        }
    }

    private long? LatestHandshake(string tunnel, string publicKey)
    {
        try
        {
            using var device = DeviceReader.Read(context, tunnel);
            return device.Peers.Where(peer => peer.PublicKey.ToString() == publicKey).Select(static peer => (long?)peer.LastHandshakeSeconds).FirstOrDefault();
        }
        catch (ControlException)
        {
            return null;
        }
    }

    private static Socket OpenUdp(IpAddress target, uint mark)
    {
        var socket = new Socket(target.IsV4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
        if (mark != 0) socket.SetRawSocketOption(SOL_SOCKET, SO_MARK, BitConverter.GetBytes(mark));
        return socket;
    }
}
