using System.Globalization;

namespace PfsVpn.PeerBench;

/// <summary>What bench.sh passes on. The texts of --help are there.</summary>
internal sealed record BenchOptions
{
    private const string PfsVpn = "pfsvpn";
    private const string WireGuardGo = "wireguard-go";
    private const string Mixed = "mixed";

    /// <summary>How often everything is measured.</summary>
    public int Rounds { get; private init; } = 5;

    /// <summary>Seconds of each flow.</summary>
    public int Seconds { get; private init; } = 3;

    /// <summary>Names, or beginnings of names, of the measurements to do; empty: all.</summary>
    public IReadOnlyList<string> Only { get; private init; } = [];

    /// <summary>Whose figures are the columns of the table, in this order.</summary>
    public IReadOnlyList<Implementation> Implementations { get; private init; } = [];

    /// <summary>Where the report goes; null: it is only printed.</summary>
    public string? OutputFolder { get; private init; }

    /// <summary>Letters and digits that no other run has in the names of its namespaces and interfaces.</summary>
    public string RunId { get; private init; } = "0000";

    /// <summary>Parses the command line; null with a complaint where it is wrong.</summary>
    public static BenchOptions? Parse(IReadOnlyList<string> arguments, out string complaint)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < arguments.Count; i += 2)
        {
            if (i + 1 == arguments.Count)
            {
                complaint = $"{arguments[i]} wants a value";
                return null;
            }
            values[arguments[i]] = arguments[i + 1];
        }
        complaint = "";
        try
        {
            return FromValues(values);
        }
        catch (Exception e) when (e is FormatException or OverflowException or BenchException)
        {
            complaint = e.Message;
            return null;
        }
    }

    /// <summary>Whether a measurement of this name is wanted.</summary>
    public bool Wants(Measurement measurement) =>
        Only.Count == 0 ? !measurement.IsExtra : Only.Any(name => measurement.Name.StartsWith(name, StringComparison.Ordinal));

    private static BenchOptions FromValues(Dictionary<string, string> values)
    {
        var options = new BenchOptions();
        var names = $"{PfsVpn},{WireGuardGo}";
        var (pfsvpnd, wireguardGo) = ("pfsvpnd", WireGuardGo);
        foreach (var (name, value) in values)
        {
            options = name switch
            {
                "--rounds" => options with { Rounds = Number(name, value, 100) },
                "--seconds" => options with { Seconds = Number(name, value, 60) },
                "--only" => options with { Only = value.Split(',', StringSplitOptions.RemoveEmptyEntries) },
                "--output" => options with { OutputFolder = value.Length == 0 ? null : value },
                "--run-id" => options with { RunId = value },
                "--implementations" or "--pfsvpnd" or "--wireguard-go" => options,
                _ => throw new BenchException($"there is no option {name}"),
            };
            if (name == "--implementations") names = value;
            if (name == "--pfsvpnd") pfsvpnd = value;
            if (name == "--wireguard-go") wireguardGo = value;
        }
        foreach (var name in options.Only)
        {
            if (!Measurements.All.Any(m => m.Name.StartsWith(name, StringComparison.Ordinal)))
                throw new BenchException($"no measurement begins with {name}");
        }
        var ours = new DaemonProgram("pfsvpnd", pfsvpnd, ["-f"]);
        var theirs = new DaemonProgram(WireGuardGo, wireguardGo, []);
        return options with
        {
            Implementations = [.. names.Split(',').Select(name => name switch
            {
                PfsVpn => new Implementation(ImplementationKind.PfsVpn, "PfsVpn", ours, ours),
                WireGuardGo => new Implementation(ImplementationKind.WireGuardGo, WireGuardGo, theirs, theirs),
                Mixed => new Implementation(ImplementationKind.Mixed, "PfsVpn to wireguard-go", ours, theirs),
                _ => throw new BenchException($"there is no implementation {name}: {PfsVpn}, {WireGuardGo}, {Mixed}"),
            }).DistinctBy(i => i.Kind)],
        };
    }

    private static int Number(string name, string text, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= 1 && value <= most
            ? value
            : throw new BenchException($"{name} wants a number from 1 to {most}");
}
