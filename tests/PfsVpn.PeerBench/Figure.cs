namespace PfsVpn.PeerBench;

/// <summary>One row of the table: what is measured, in which unit, printed with how many decimals, and what is to be reached.</summary>
internal sealed record Figure(string Group, string Label, string Unit, Better Better, int Decimals = 0, Target? Target = null)
{
    /// <summary>The whole name.</summary>
    public string Name => $"{Group}: {Label}";
}
