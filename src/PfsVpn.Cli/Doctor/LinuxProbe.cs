using System.Net.Sockets;
using PfsVpn.Cli.Paths;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Doctor;

/// <summary>A host with Linux.</summary>
/// <remarks>References: socket(7). Values are those of Linux.</remarks>
internal sealed class LinuxProbe(CliContext context) : HostProbe(context), ILinuxProbe
{
    private const int SOL_SOCKET = 1, SO_MARK = 36, SO_BINDTODEVICE = 25;

    /// <inheritdoc/>
    public override string? DaemonPath => OwnProgram.DaemonBeside(Context) ?? Context.Commands.Find(OwnProgram.Daemon);

    /// <inheritdoc/>
    public override IHostWords Words => LinuxWords.Instance;

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
    public int TryOpen(string path) => NativeKernel.TryOpen(path);

    /// <inheritdoc/>
    public bool? Has(KernelFeature feature) => NativeKernel.Has(feature, this);

    /// <inheritdoc/>
    public override LinkState? Link(string name) => LinuxAnswers.Link(this, name);

    /// <inheritdoc/>
    public override RouteAnswer Route(Patient tunnel, IpAddress address) => LinuxAnswers.Route(this, address, mark: 0);

    /// <inheritdoc/>
    public override RouteAnswer RouteBeside(Patient tunnel, IpAddress address) => LinuxAnswers.Route(this, address, tunnel.FirewallMark);

    /// <inheritdoc/>
    public override (string? Holder, string? Unseen) PortHolder(ushort port) => LinuxAnswers.PortHolder(this, port);

    /// <inheritdoc/>
    public override IReadOnlyList<IpAddress> NameServers(string? device) => LinuxAnswers.NameServers(this, device);

    /// <inheritdoc/>
    public override IReadOnlySet<int>? Echo(Patient tunnel, IpAddress target, IReadOnlyList<int> sizes, bool isBeside) => EchoSender.TrySend(target, sizes, isBeside ? tunnel.FirewallMark : 0);

    /// <inheritdoc/>
    protected override void KeepBeside(Socket socket, Patient tunnel, IpAddress target)
    {
        if (tunnel.FirewallMark != 0) socket.SetRawSocketOption(SOL_SOCKET, SO_MARK, BitConverter.GetBytes(tunnel.FirewallMark));
    }

    /// <inheritdoc/>
    protected override void LeadInto(Socket socket, string tunnel, IpAddress target) => socket.SetRawSocketOption(SOL_SOCKET, SO_BINDTODEVICE, NativeFile.Terminated(tunnel));
}
