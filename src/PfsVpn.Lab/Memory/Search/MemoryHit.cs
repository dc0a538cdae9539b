namespace PfsVpn.Lab.Memory.Search;

/// <summary>A place where a secret was found.</summary>
/// <param name="Secret">The secret.</param>
/// <param name="Form">In which form.</param>
/// <param name="Detail">Which half, which alignment, which limbs.</param>
/// <param name="Mapping">In which mapping.</param>
/// <param name="Address">At which address.</param>
/// <param name="Length">How many bytes from there on it takes.</param>
internal sealed record MemoryHit(Secret Secret, SecretForm Form, string Detail, ProcessMapping Mapping, ulong Address, int Length);
