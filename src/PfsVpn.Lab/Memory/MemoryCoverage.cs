namespace PfsVpn.Lab.Memory;

/// <summary>What a pass over the memory of a process saw.</summary>
/// <param name="BytesRead">Bytes that were read.</param>
/// <param name="Mappings">Mappings that they belong to.</param>
/// <param name="Unreadable">What could not be read.</param>
internal sealed record MemoryCoverage(ulong BytesRead, int Mappings, IReadOnlyList<UnreadableMemory> Unreadable);
