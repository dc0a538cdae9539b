using PfsVpn.Packets;

namespace PfsVpn.Tests.Cli;

/// <summary>The text of a set operation.</summary>
internal static class UapiText
{
    /// <summary>Clears the bits behind the prefix of allowed IPs: <c>wg</c> leaves that to the daemon, and only warns.</summary>
    public static string Normalise(string text) => string.Join('\n', text.Split('\n').Select(static line =>
    {
        if (!line.StartsWith("allowed_ip=", StringComparison.Ordinal)) return line;
        var parts = line["allowed_ip=".Length..].Split('/');
        Assert.True(IpAddress.TryParse(parts[0], out var address));
        var prefix = new IpPrefix(address, int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture));
        return prefix.Address == address ? line : $"allowed_ip={prefix}";
    }));
}
