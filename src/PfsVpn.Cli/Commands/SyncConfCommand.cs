using PfsVpn.Cli.Control;
using PfsVpn.Configuration;
using PfsVpn.Crypto;

namespace PfsVpn.Cli.Commands;

/// <summary><c>syncconf</c>: makes the interface what the file says by changing peers in place, so that their sessions go on.</summary>
internal sealed class SyncConfCommand : ICliCommand
{
    /// <inheritdoc/>
    public string Name => "syncconf";

    /// <inheritdoc/>
    public string Summary => "Synchronizes a configuration file to a WireGuard interface";

    /// <inheritdoc/>
    public string Arguments => ConfigurationFile.Arguments;

    /// <inheritdoc/>
    public string Details => "Makes the interface exactly what the file says, without disturbing the sessions of peers that stay.\n" + ConfigurationFile.Details;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        if (arguments.Count != 2) throw new UsageException();
        using var configuration = ConfigurationFile.Read(context, arguments[1], append: false);
        using (var running = DeviceAccess.Read(context, arguments[0]))
        {
            ConfigurationFile.KeepResets(configuration.Change, running);
            // A file without peers removes all there are: nothing to compare.
            if (configuration.Change.Peers.Count != 0) Reconcile(configuration.Change, running, context.Arena);
        }
        DeviceAccess.Apply(context, arguments[0], configuration.Change);
        return 0;
    }

    /// <summary>
    /// Turns "replace all peers" into removals of those that are not in the file, and says explicitly what the file leaves out of a peer
    /// that the running one has.
    /// </summary>
    private static void Reconcile(DeviceChange change, RunningDevice running, SecretArena arena)
    {
        if (running.Peers.Count == 0) return;
        change.ReplacePeers = false;
        var wanted = new Dictionary<PublicKey, PeerChange>();
        foreach (var peer in change.Peers) wanted.TryAdd(peer.PublicKey, peer);
        var gone = new List<PublicKey>();
        foreach (var peer in running.Peers)
        {
            if (wanted.TryGetValue(peer.PublicKey, out var stays)) Complete(stays, peer, arena);
            else gone.Add(peer.PublicKey);
        }
        // The order of wg: descending by key.
        gone.Sort(static (left, right) => Compare(right, left));
        change.Peers.InsertRange(0, gone.Select(static key => new PeerChange(key) { Remove = true }));
    }

    private static void Complete(PeerChange wanted, RunningPeer running, SecretArena arena)
    {
        if (running.PresharedKey is not null) wanted.PresharedKey ??= arena.Allocate();
        if (running.PersistentKeepalive != 0) wanted.PersistentKeepalive ??= 0;
        if (running.RekeyAfterSeconds != 0) wanted.RekeyAfterSeconds ??= 0;
        if (running.RekeyAfterBytes != 0) wanted.RekeyAfterBytes ??= 0;
    }

    private static int Compare(PublicKey left, PublicKey right)
    {
        Span<byte> bytes = stackalloc byte[2 * PublicKey.SizeInBytes];
        left.CopyTo(bytes);
        right.CopyTo(bytes[PublicKey.SizeInBytes..]);
        return bytes[..PublicKey.SizeInBytes].SequenceCompareTo(bytes[PublicKey.SizeInBytes..]);
    }
}
