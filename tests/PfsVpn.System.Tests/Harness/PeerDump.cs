using System.Globalization;

namespace PfsVpn.SystemTests.Harness;

/// <summary>One peer's line of `wg show NAME dump`.</summary>
public sealed record PeerDump(
    string PublicKey, string PresharedKey, string Endpoint, string AllowedIps, long LatestHandshake, long Received, long Sent, int PersistentKeepalive)
{
    /// <summary>Reads the tab-separated line.</summary>
    public static PeerDump Parse(string line)
    {
        var fields = line.Split('\t');
        return new PeerDump(
            fields[0], fields[1], fields[2], fields[3], Number(fields[4]), Number(fields[5]), Number(fields[6]), fields[7] == "off" ? 0 : (int)Number(fields[7]));
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
