namespace PfsVpn.PeerBench;

/// <summary>A column of the table: the programs of the left end, which sends, and of the right end.</summary>
internal sealed record Implementation(ImplementationKind Kind, string Label, DaemonProgram Left, DaemonProgram Right);
