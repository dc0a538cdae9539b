namespace PfsVpn.PeerBench;

/// <summary>The stock `wg`. The keys that it makes here are of this run only.</summary>
internal static class WireGuardTool
{
    /// <summary>A new private key.</summary>
    public static async Task<string> GenerateKeyAsync(CancellationToken stop) => (await Shell.RunAsync("wg", ["genkey"], Shell.Short, stop)).Trim();

    /// <summary>The public key of a private key.</summary>
    public static async Task<string> PublicKeyAsync(string privateKey, CancellationToken stop) =>
        (await Shell.RunAsync("wg", ["pubkey"], Shell.Short, stop, privateKey + "\n")).Trim();

    /// <summary>`wg setconf`, the configuration on its standard input.</summary>
    public static Task SetConfigurationAsync(NetworkNamespace host, string interfaceName, string configuration, TimeSpan bound, CancellationToken stop) =>
        host.RunAsync("wg", ["setconf", interfaceName, "/dev/stdin"], bound, stop, configuration);
}
