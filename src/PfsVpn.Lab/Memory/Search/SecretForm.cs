namespace PfsVpn.Lab.Memory.Search;

/// <summary>In which form a secret was found.</summary>
internal enum SecretForm
{
    /// <summary>The bytes.</summary>
    Raw,

    /// <summary>Hexadecimal digits, of either case, as ASCII or UTF-16.</summary>
    Hex,

    /// <summary>Base64 at any of its three alignments, as ASCII or UTF-16.</summary>
    Base64,

    /// <summary>Three different 32-bit words within 1 KB: spilled one by one, or each repeated over a vector.</summary>
    Words,

    /// <summary>Limbs of r or r² of Poly1305: three of radix 2^26 or two of 2^44 within 1 KB.</summary>
    PolyLimbs,

    /// <summary>Limbs of a field element of Curve25519: two of radix 2^51 or three of 2^25.5 within 1 KB.</summary>
    CurveLimbs,
}
