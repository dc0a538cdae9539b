namespace PfsVpn.Lab.Memory;

/// <summary>A part of a mapping that could not be read, and why.</summary>
/// <param name="Mapping">The mapping.</param>
/// <param name="Bytes">How many bytes of it.</param>
/// <param name="Reason">Why: a plain sentence.</param>
internal sealed record UnreadableMemory(ProcessMapping Mapping, ulong Bytes, string Reason);
