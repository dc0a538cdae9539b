using PfsVpn.Lab.Memory.Search;

namespace PfsVpn.Lab.Memory.Experiment;

/// <summary>A hit, judged.</summary>
/// <param name="Hit">The hit.</param>
/// <param name="IsLeak">Whether it must not be: everything but a key that is alive, once, in its slot of the arena.</param>
/// <param name="Reason">Why it is one, or what else it is.</param>
/// <param name="Place">What the mapping is, and where in it.</param>
internal sealed record Finding(MemoryHit Hit, bool IsLeak, string Reason, string Place);
