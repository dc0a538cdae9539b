namespace PfsVpn.Lab.Memory.Search;

/// <summary>A string of bytes to look for at every address.</summary>
/// <param name="Secret">The secret that it is a form of.</param>
/// <param name="Form">Which form.</param>
/// <param name="Detail">Which half, which alignment.</param>
/// <param name="Bytes">The bytes, 16 or more.</param>
internal sealed record ByteNeedle(Secret Secret, SecretForm Form, string Detail, byte[] Bytes);
