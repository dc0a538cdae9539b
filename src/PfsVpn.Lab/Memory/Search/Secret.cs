namespace PfsVpn.Lab.Memory.Search;

/// <summary>One secret to look for.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">What it is called in a report: which session, which step.</param>
/// <param name="Bytes">The bytes: 32 of them, of a cookie 16.</param>
internal sealed record Secret(SecretKind Kind, string Name, byte[] Bytes);
