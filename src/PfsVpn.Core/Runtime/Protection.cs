namespace PfsVpn.Runtime;

/// <summary>One protection of the process that holds the keys, as it was found, not as it was asked for.</summary>
/// <param name="Name">What it is, in a few words: "no cores", "secrets in memfd_secret memory".</param>
/// <param name="Holds">Whether it is in force.</param>
/// <param name="Detail">What was found; for one that does not hold, what follows from that.</param>
/// <param name="Remedy">For one that does not hold: what to change, or null where nothing can be.</param>
internal sealed record Protection(string Name, bool Holds, string Detail, string? Remedy);
