using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using PfsVpn.Cli.Control;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Doctor;

/// <summary>This host, as far as it is looked at in the same way on every system.</summary>
/// <remarks>References: udp(7); Microsoft's pages connect, recv (WSAECONNRESET).</remarks>
internal abstract class HostProbe(CliContext context) : IHostProbe
{
    private const int EPERM = 1, ENETUNREACH = 101, EHOSTUNREACH = 113, ESRCH = 3;
    private const int Discard = 9, NameService = 53;
    private const double AnsweredWithinSeconds = 3;

    private static readonly TimeSpan KnockWait = TimeSpan.FromMilliseconds(500), NameWait = TimeSpan.FromSeconds(2), LongestTrial = TimeSpan.FromSeconds(9), Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>The run.</summary>
    protected CliContext Context { get; } = context;

    /// <inheritdoc/>
    public string Version => HelpText.Version.TrimEnd().Split(" v")[^1];

    /// <inheritdoc/>
    public DateTimeOffset Now => Context.Clock.GetUtcNow();

    /// <inheritdoc/>
    public DateTimeOffset ProgramTime => new(File.GetLastWriteTimeUtc(OwnProgram.Path));

    /// <inheritdoc/>
    public abstract string? DaemonPath { get; }

    /// <inheritdoc/>
    public bool IsRoot => Context.IsRoot;

    /// <inheritdoc/>
    public abstract IHostWords Words { get; }

    /// <inheritdoc/>
    public int Mode(string path) => NativeFile.ModeOf(path);

    /// <inheritdoc/>
    public CommandResult Run(string program, params string[] arguments) => Context.Commands.Run(new CommandRequest(program, arguments));

    /// <inheritdoc/>
    public abstract LinkState? Link(string name);

    /// <inheritdoc/>
    public abstract RouteAnswer Route(Patient tunnel, IpAddress address);

    /// <inheritdoc/>
    public abstract RouteAnswer RouteBeside(Patient tunnel, IpAddress address);

    /// <inheritdoc/>
    public abstract (string? Holder, string? Unseen) PortHolder(ushort port);

    /// <inheritdoc/>
    public abstract IReadOnlyList<IpAddress> NameServers(string? device);

    /// <inheritdoc/>
    public abstract IReadOnlySet<int>? Echo(Patient tunnel, IpAddress target, IReadOnlyList<int> sizes, bool isBeside);

    /// <inheritdoc/>
    public (int Error, string Words, EndpointAddress Address) Resolve(string host, string port)
    {
        var error = Context.Resolver.Resolve(host, port, out var found);
        return (error, error == 0 ? "" : NativeResolver.Describe(error), found);
    }

    /// <inheritdoc/>
    public virtual int KnockUdp(Patient tunnel, EndpointAddress target)
    {
        try
        {
            using var socket = OpenUdp(target.Address);
            KeepBeside(socket, tunnel, target.Address);
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
                SocketError.ConnectionRefused or SocketError.ConnectionReset => NativeFile.ECONNREFUSED,
                SocketError.HostUnreachable or SocketError.NetworkReset => EHOSTUNREACH,
                SocketError.NetworkUnreachable => ENETUNREACH,
                SocketError.AccessDenied => NativeFile.EACCES,
                SocketError.TimedOut or SocketError.WouldBlock or SocketError.MessageSize => 0,
                _ => ESRCH,
            };
        }
    }

    /// <inheritdoc/>
    public bool AsksNameServer(IpAddress server)
    {
        // One question: the name servers of the root. RFC 1035 §4.1.
        ReadOnlySpan<byte> question = [0x50, 0x46, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1];
        try
        {
            using var socket = OpenUdp(server);
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
        var before = DaemonStatus.Drops(DaemonStatus.Read(Context, tunnel));
        SendInto(tunnel, target);
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var status = DaemonStatus.Read(Context, tunnel);
            if (LatestHandshake(tunnel, publicKey) is not { } latest) return null;
            var drops = DaemonStatus.Drops(status).Where(drop => drop.Value > before.GetValueOrDefault(drop.Key)).ToDictionary(StringComparer.Ordinal);
            var trial = new HandshakeTrial(latest > after, DaemonStatus.LastFailure(status, publicKey, watch.Elapsed.TotalSeconds), drops);
            if (trial.Made || drops.ContainsKey("PresharedKeyMismatch") || trial.LastFailure is "ResponseRefused" or "WeakKey" || watch.Elapsed > LongestTrial) return trial;
            // Only one that was sent since we began says something: what stood in the way of those before may have gone.
            if (DaemonStatus.InitiationAge(status, publicKey) is { } age && age > AnsweredWithinSeconds && age < watch.Elapsed.TotalSeconds) return trial;
            Context.Sleep(Pause);
        }
    }

    /// <summary>Makes a socket's packets take the way of the daemon's. Called before it is connected.</summary>
    /// <exception cref="SocketException">The system refuses.</exception>
    protected abstract void KeepBeside(Socket socket, Patient tunnel, IpAddress target);

    /// <summary>Makes a socket's packets take the way into a tunnel, whatever the routes say.</summary>
    /// <exception cref="SocketException">The system refuses.</exception>
    protected abstract void LeadInto(Socket socket, string tunnel, IpAddress target);

    private static Socket OpenUdp(IpAddress target) => new(target.IsV4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);

    private void SendInto(string tunnel, IpAddress target)
    {
        try
        {
            using var socket = OpenUdp(target);
            LeadInto(socket, tunnel, target);
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
            using var device = DeviceReader.Read(Context, tunnel);
            return device.Peers.Where(peer => peer.PublicKey.ToString() == publicKey).Select(static peer => (long?)peer.LastHandshakeSeconds).FirstOrDefault();
        }
        catch (ControlException)
        {
            return null;
        }
    }
}
