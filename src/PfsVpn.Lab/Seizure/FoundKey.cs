namespace PfsVpn.Lab.Seizure;

/// <summary>A session key that an attacker has.</summary>
/// <param name="Key">32 bytes.</param>
/// <param name="Place">Where it comes from: a mapping of a process, or the handshake that it was computed from.</param>
internal sealed record FoundKey(byte[] Key, string Place);
