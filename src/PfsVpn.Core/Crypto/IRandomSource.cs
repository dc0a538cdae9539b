namespace PfsVpn.Crypto;

/// <summary>Randomness as a parameter: the system's in the product, a seeded one in simulations.</summary>
internal interface IRandomSource
{
    /// <summary>Fills <paramref name="destination"/> with random bytes. Safe from any thread.</summary>
    void Fill(Span<byte> destination);
}
