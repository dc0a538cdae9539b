namespace PfsVpn.SystemTests.Windows;

/// <summary>What Windows keeps of an interface for one family of addresses, and what of it a new adapter has.</summary>
internal sealed record AdapterSettings(uint Mtu, uint Metric, bool IsAutomatic, uint DadTransmits, int RouterDiscovery, bool IsManaged)
{
    /// <summary>Of a new Wintun adapter.</summary>
    public static AdapterSettings New(bool isV4) => new(65535, 5, true, isV4 ? 3u : 1u, isV4 ? 2 : 1, true);

    /// <summary>Reads the words of <c>interface set</c>.</summary>
    public static AdapterSettings Parse(ReadOnlySpan<string> words) =>
        new(Number(words[0]), Number(words[1]), words[2] == "1", Number(words[3]), (int)Number(words[4]), words[5] == "1");

    private static uint Number(string word) => uint.Parse(word, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The words of an answer.</summary>
    public override string ToString() => $"{Mtu} {Metric} {(IsAutomatic ? 1 : 0)} {DadTransmits} {RouterDiscovery} {(IsManaged ? 1 : 0)}";
}
