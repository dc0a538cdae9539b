using System.Globalization;
using System.Text;
using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Input;
using PfsVpn.Cli.Output;
using PfsVpn.Configuration;
using PfsVpn.Crypto;

namespace PfsVpn.Cli.Provision;

/// <summary><c>new list</c>: the clients of a server.</summary>
internal sealed class NewListCommand : ICliCommand
{
    private const string Folder = "--directory";

    /// <inheritdoc/>
    public string Name => "list";

    /// <inheritdoc/>
    public string Summary => "Lists the clients of a server: name, addresses, key, and the last handshake if it is up";

    /// <inheritdoc/>
    public string Arguments => "[<server>] [--directory <dir>]";

    /// <inheritdoc/>
    public string Details => "The server may be left out where there is only one. A peer without a name is listed as well.";

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        var words = new OptionWords(arguments, [], [Folder]);
        if (words.Plain.Count > 1) throw new UsageException();
        var directory = words.Text(Folder) ?? TunnelFileReader.DefaultDirectory;
        var server = TunnelName.CheckedInterface(words.Plain.Count == 1 ? words.Plain[0] : ServerFolder.OnlyServer(directory));
        using var file = ServerFile.Read(context, TunnelFileReader.PathOf(server, directory));
        using var running = RunningServer.Find(context, server, file);
        var handshakes = running.Peers.ToDictionary(static peer => peer.PublicKey, static peer => peer.LastHandshakeSeconds);
        List<string[]> rows = [["client", "addresses", "public key", "last handshake"]];
        rows.AddRange(file.Peers.Select(peer => Row(peer, handshakes, context.Clock.GetUtcNow().ToUnixTimeSeconds())));
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in rows) text.Append(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd()).Append('\n');
        context.Output.Write(Encoding.UTF8.GetBytes(text.ToString()));
        return 0;
    }

    private static string[] Row(TunnelPeer peer, Dictionary<PublicKey, long> handshakes, long now)
    {
        var handshake = !handshakes.TryGetValue(peer.Change.PublicKey, out var seconds) ? "-" : seconds == 0 ? "never"
            : string.Join(", ", HumanTime.Split((ulong)Math.Max(0, now - seconds)).Take(2).Select(static part => string.Create(CultureInfo.InvariantCulture, $"{part.Count} {part.Unit}")).DefaultIfEmpty("0 seconds")) + " ago";
        return [peer.Name ?? "-", string.Join(", ", peer.Change.AllowedIps.Select(static allowed => allowed.Prefix.Length == allowed.Prefix.Address.BitLength ? allowed.Prefix.Address.ToString() : allowed.Prefix.ToString())),
            peer.Change.PublicKey.ToString(), handshake];
    }
}
