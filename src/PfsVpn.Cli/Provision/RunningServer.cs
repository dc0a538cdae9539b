using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Control;
using PfsVpn.Cli.Input;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Configuration;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Provision;

/// <summary>The interface of a server as it runs now, if it does.</summary>
/// <remarks>Ownership: whoever found it disposes it. Threading: one thread.</remarks>
internal sealed class RunningServer : IDisposable
{
    private readonly CliContext _context;
    private readonly RunningDevice? _device;
    private readonly string _name, _start;

    private RunningServer(CliContext context, string name, string path, RunningDevice? device)
    {
        (_context, _name, _device) = (context, name, device);
        _start = path == TunnelFileReader.PathOf(name, TunnelFileReader.DefaultDirectory) ? name : path;
    }

    /// <summary>What the peers may use.</summary>
    public IEnumerable<IpPrefix> AllowedIps => _device?.Peers.SelectMany(static peer => peer.AllowedIps).Select(static prefix => new IpPrefix(prefix.Address, prefix.Length)) ?? [];

    /// <summary>The peers; none where it does not run.</summary>
    public IReadOnlyList<RunningPeer> Peers => _device?.Peers ?? [];

    /// <summary>What a person needs to know about it, in lines.</summary>
    public string Explanation => _device is not null ? $"{_name} is up and knows of it already.\n"
        : _context.Commands.Run(new CommandRequest("ip", ["link", "show", "dev", _name])).Succeeded ? $"{_name} is run by another program than pfsvpnd, which does not know of it yet: wg syncconf {_name} <(wg-quick strip {_name})\n"
        : $"{_name} is not up; it will know of it when it is: pfsvpn up {_start}\n";

    /// <summary>Asks the daemon, if there is one.</summary>
    /// <exception cref="CliException">It runs with another key than the file's, or does not answer.</exception>
    public static RunningServer Find(CliContext context, string name, ServerFile file)
    {
        if (!DeviceAccess.List(context).Contains(name, StringComparer.Ordinal)) return new RunningServer(context, name, file.Path, null);
        var device = DeviceAccess.Read(context, name);
        if (device.PublicKey == file.PublicKey) return new RunningServer(context, name, file.Path, device);
        device.Dispose();
        throw new CliException($"{name} is up with another private key than that of {file.Path}: it was started from another file; take it down first, or choose the right file");
    }

    /// <summary>Applies a change, if it runs. Sessions of other peers go on.</summary>
    /// <exception cref="CliException">The daemon refuses; nothing has changed then.</exception>
    public void Apply(DeviceChange change)
    {
        if (_device is null) return;
        // Another daemon than pfsvpnd refuses what it does not know.
        if (Doctor.DaemonStatus.Read(_context, _name) is null) foreach (var peer in change.Peers) peer.Name = null;
        DeviceAccess.Apply(_context, _name, change);
    }

    /// <summary>Erases what was read.</summary>
    public void Dispose() => _device?.Dispose();
}
