namespace PfsVpn.Lab.Policies;

/// <summary>A way to keep keys: when each is made, what it opens, when it is destroyed.</summary>
/// <param name="Name">What to call it.</param>
/// <param name="Assumption">What the model takes for granted about it.</param>
/// <param name="Keys">The lives of its keys under a profile, between two moments, in the order in which they are made.</param>
internal sealed record KeyPolicy(string Name, string Assumption, Func<TrafficProfile, int, int, IEnumerable<KeySpan>> Keys)
{
    /// <summary>Whether it is PfsVpn's own.</summary>
    public bool IsOwn => Name.StartsWith("PfsVpn", StringComparison.Ordinal);
}
