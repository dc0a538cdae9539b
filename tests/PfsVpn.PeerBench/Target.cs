namespace PfsVpn.PeerBench;

/// <summary>What is to be reached: the ratio to wireguard-go, or the figure of PfsVpn itself.</summary>
internal sealed record Target(double Must, double Aim, bool IsRatio)
{
    /// <summary>A target for PfsVpn's figure divided by wireguard-go's.</summary>
    public static Target Ratio(double must, double aim) => new(must, aim, IsRatio: true);

    /// <summary>A target for PfsVpn's figure.</summary>
    public static Target Own(double must, double aim) => new(must, aim, IsRatio: false);

    /// <summary>"aim", "must" or "no".</summary>
    public string Judge(double value, Better better)
    {
        if (Reaches(value, Aim, better)) return "aim";
        return Reaches(value, Must, better) ? "must" : "no";
    }

    private static bool Reaches(double value, double limit, Better better) => better == Better.More ? value >= limit : value <= limit;
}
