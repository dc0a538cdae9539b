using System.Security.Cryptography;

namespace PfsVpn.SystemTests.Harness;

/// <summary>Keys as text in base64, made by the stock tool. They are for one test only.</summary>
public static class WireGuardKey
{
    /// <summary>A new private key.</summary>
    public static async Task<string> GenerateAsync() => (await Shell.RunAsync("wg", "genkey")).Trim();

    /// <summary>The public key of a private key.</summary>
    public static async Task<string> PublicAsync(string privateKey) => (await Shell.RunWithInputAsync(privateKey + "\n", "wg", "pubkey")).Trim();

    /// <summary>32 random bytes: a pre-shared key, or a public key that nobody has the private key of.</summary>
    public static string Random() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
}
