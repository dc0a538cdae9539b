namespace PfsVpn.SystemTests.Harness;

/// <summary>
/// Which implementations meet in a scenario, left and right. PFSVPN_TEST_PAIRS=go-go runs everything between two wireguard-go: that shows that
/// the scenarios and the harness are right.
/// </summary>
public static class Pairs
{
    private static readonly (Implementation, Implementation)[] Chosen = Choose();

    /// <summary>Both ends ours, and each against wireguard-go in both roles. The left one starts the tunnel.</summary>
    public static TheoryData<Implementation, Implementation> All => ToData(Chosen);

    /// <summary>The same, and two wireguard-go, to measure ourselves by.</summary>
    public static TheoryData<Implementation, Implementation> AllAndMeasure => ToData(Chosen.Append((Implementation.WireGuardGo, Implementation.WireGuardGo)).Distinct());

    /// <summary>One pair, for what only the left end is tested in.</summary>
    public static TheoryData<Implementation, Implementation> LeftIsTested => ToData(Chosen.Where(pair => pair is { Item1: Implementation.PfsVpn, Item2: Implementation.WireGuardGo }).DefaultIfEmpty(Chosen[0]));

    private static (Implementation, Implementation)[] Choose()
    {
        var text = Environment.GetEnvironmentVariable("PFSVPN_TEST_PAIRS");
        return string.IsNullOrEmpty(text)
            ? [(Implementation.PfsVpn, Implementation.WireGuardGo), (Implementation.WireGuardGo, Implementation.PfsVpn), (Implementation.PfsVpn, Implementation.PfsVpn)]
            : text.Split(',').Select(pair => pair.Split('-')).Select(pair => (Parse(pair[0]), Parse(pair[1]))).ToArray();
    }

    private static Implementation Parse(string name) => name switch
    {
        "pfsvpn" => Implementation.PfsVpn,
        "go" => Implementation.WireGuardGo,
        _ => throw new InvalidOperationException($"PFSVPN_TEST_PAIRS: '{name}' is neither pfsvpn nor go"),
    };

    private static TheoryData<Implementation, Implementation> ToData(IEnumerable<(Implementation Left, Implementation Right)> pairs)
    {
        var data = new TheoryData<Implementation, Implementation>();
        foreach (var (left, right) in pairs) data.Add(left, right);
        return data;
    }
}
