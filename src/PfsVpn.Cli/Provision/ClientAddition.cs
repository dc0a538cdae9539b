using PfsVpn.Cli.Output;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Provision;

/// <summary>Adds a client to three places, all or none: the running interface, the server's file, and a file of its own.</summary>
internal sealed class ClientAddition(CliContext context, ServerFile server, ClientPlan client, RunningServer running)
{
    /// <summary>Does it. What can fail for want of space or rights is tried first, beside the places; moving there is the last step.</summary>
    /// <param name="target">The client's file, or null for none.</param>
    /// <param name="replace">Whether the client's file may take the place of another.</param>
    /// <exception cref="CliException">It failed; everything is as it was.</exception>
    public void Make(string? target, bool replace)
    {
        using var clientFile = target is null ? null : PrivateFile.Create(target);
        if (clientFile is not null) NewClientCommand.WriteClient(client, clientFile);
        using var serverFile = PrivateFile.Create(server.Path);
        server.WriteWith(serverFile, client.WriteSection);
        using (var change = client.ToChange(context.Arena)) running.Apply(change);
        var undo = new Stack<Action>();
        undo.Push(TakeBackPeer);
        try
        {
            clientFile?.Commit(replace);
            if (clientFile is not null && target is not null) undo.Push(() => PrivateFile.Delete(target));
            serverFile.Commit(replace: true);
        }
        catch
        {
            while (undo.TryPop(out var action)) action();
            throw;
        }
    }

    private void TakeBackPeer()
    {
        using var change = new DeviceChange();
        change.Peers.Add(new PeerChange(client.PublicKey) { Remove = true });
        running.Apply(change);
    }
}
