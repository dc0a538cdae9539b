using System.Text;
using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Input;
using PfsVpn.Cli.Output;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Provision;

/// <summary><c>new remove</c>: takes a client from the server's file and running interface, and deletes its own file.</summary>
internal sealed class NewRemoveCommand : ICliCommand
{
    private const string Folder = "--directory";

    /// <inheritdoc/>
    public string Name => "remove";

    /// <inheritdoc/>
    public string Summary => "Removes a client from the server's file and running interface, and deletes its file";

    /// <inheritdoc/>
    public string Arguments => "[<server>] { <client> | <public key> } [--directory <dir>]";

    /// <inheritdoc/>
    public string Details => "Its sessions end at once; those of others go on. The server may be left out where there is only one.";

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        var words = new OptionWords(arguments, [], [Folder]);
        var directory = words.Text(Folder) ?? TunnelFileReader.DefaultDirectory;
        var (server, name) = words.Plain switch
        {
            [var one] => (ServerFolder.OnlyServer(directory), one),
            [var first, var second] => (first, second),
            _ => throw new UsageException(),
        };
        TunnelName.CheckedInterface(server);
        var path = TunnelFileReader.PathOf(server, directory);
        if (!File.Exists(path)) throw new CliException($"{path}: there is no such server");
        using var folder = ServerFolder.Lock(server, directory);
        using var file = ServerFile.Read(context, path);
        var peer = file.Peers.FirstOrDefault(peer => peer.Name == name || peer.Change.PublicKey.ToString() == name)
            ?? throw new CliException($"{path}: there is no client named {name}; those that there are: {string.Join(", ", file.Peers.Select(static peer => peer.Name ?? peer.Change.PublicKey.ToString()).DefaultIfEmpty("none"))}");
        using var running = RunningServer.Find(context, server, file);
        using (var rest = PrivateFile.Create(path))
        {
            file.WriteWithout(rest, peer);
            Remove(running, peer);
            try
            {
                rest.Commit(replace: true);
            }
            catch
            {
                PutBack(running, peer);
                throw;
            }
        }
        var own = peer.Name is not null && TunnelName.IsClient(peer.Name) ? folder.FileOf(peer.Name) : null;
        if (own is not null) PrivateFile.Delete(own);
        context.Output.Write(Encoding.UTF8.GetBytes($"Removed {name} from {server}.\n"));
        return 0;
    }

    private static void Remove(RunningServer running, TunnelPeer peer)
    {
        using var change = new DeviceChange();
        change.Peers.Add(new PeerChange(peer.Change.PublicKey) { Remove = true });
        running.Apply(change);
    }

    /// <summary>Gives the interface again what the file says of the peer.</summary>
    private static void PutBack(RunningServer running, TunnelPeer peer)
    {
        using var change = new DeviceChange();
        change.Peers.Add(peer.Change);
        running.Apply(change);
    }
}
