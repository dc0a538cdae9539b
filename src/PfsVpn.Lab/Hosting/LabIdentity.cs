using PfsVpn.Crypto;

namespace PfsVpn.Lab.Hosting;

/// <summary>A permanent key of an experiment, which the attacker is given in the end: nothing else may use it.</summary>
/// <param name="PrivateKey">32 bytes, clamped.</param>
/// <param name="PublicKey">The public key.</param>
internal sealed record LabIdentity(byte[] PrivateKey, PublicKey PublicKey)
{
    /// <summary>The public key in hex, as the control interface has it.</summary>
    public string PublicKeyHex
    {
        get
        {
            Span<byte> bytes = stackalloc byte[Crypto.PublicKey.SizeInBytes];
            PublicKey.CopyTo(bytes);
            return Convert.ToHexStringLower(bytes);
        }
    }

    /// <summary>A new one.</summary>
    public static LabIdentity Create()
    {
        using var arena = SecretArena.Create(SecretArenaKind.LockedMemory);
        using var key = arena.Allocate();
        X25519.GeneratePrivateKey(key, SystemRandom.Instance);
        return new LabIdentity(key.Bytes.ToArray(), X25519.ComputePublicKey(key));
    }
}
