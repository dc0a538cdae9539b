using System.Text.Json;
using PfsVpn.Cli.Control;

namespace PfsVpn.Cli.View;

/// <summary>The parts of a status, with its peers by their public keys.</summary>
internal sealed class StatusMembers
{
    private readonly Dictionary<string, JsonElement> _peers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, JsonElement> _keysOfPeers = new(StringComparer.Ordinal);

    private StatusMembers()
    {
    }

    /// <summary>All of it; null where the daemon has no status.</summary>
    public JsonElement? Top { get; private init; }

    /// <summary>What it says about keys; null where it does not.</summary>
    public JsonElement? Secrecy { get; private init; }

    /// <summary>Sorts a status.</summary>
    /// <exception cref="ControlException">It is not as it has to be.</exception>
    public static StatusMembers Of(JsonElement? status)
    {
        if (status is not { } top) return new StatusMembers();
        var secrecy = top.TryGetProperty("secrecy", out var found) ? Checked(found, JsonValueKind.Object, "secrecy") : default(JsonElement?);
        var members = new StatusMembers { Top = top, Secrecy = secrecy };
        Index(top, members._peers);
        if (secrecy is { } keys) Index(keys, members._keysOfPeers);
        return members;
    }

    /// <summary>What it says of a peer; null where it does not.</summary>
    public JsonElement? Peer(string publicKey) => _peers.TryGetValue(publicKey, out var peer) ? peer : null;

    /// <summary>What it says about the keys of a peer; null where that never had one, or the daemon does not say.</summary>
    public JsonElement? Keys(string publicKey) => _keysOfPeers.TryGetValue(publicKey, out var keys) ? keys : null;

    private static void Index(JsonElement from, Dictionary<string, JsonElement> peers)
    {
        if (!from.TryGetProperty("peers", out var array)) return;
        foreach (var peer in Checked(array, JsonValueKind.Array, "peers").EnumerateArray())
        {
            if (peer.ValueKind != JsonValueKind.Object || !peer.TryGetProperty("public_key", out var key) || key.ValueKind != JsonValueKind.String) throw StatusReader.Nonsense("public_key");
            peers[key.GetString()!] = peer;
        }
    }

    private static JsonElement Checked(JsonElement member, JsonValueKind kind, string name) => member.ValueKind == kind ? member : throw StatusReader.Nonsense(name);
}
