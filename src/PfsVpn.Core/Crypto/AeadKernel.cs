namespace PfsVpn.Crypto;

/// <summary>The implementations of ChaCha20-Poly1305 for the data path, the quickest first.</summary>
internal enum AeadKernel
{
    /// <summary>AVX-512: <see cref="ChaChaPolyVector512"/>.</summary>
    Vector512,

    /// <summary>AVX2: <see cref="ChaChaPolyVector256"/>.</summary>
    Vector256,

    /// <summary>Any 128-bit vectors: <see cref="ChaChaPolyVector128"/>.</summary>
    Vector128,

    /// <summary>Any machine: <see cref="ChaChaPolyScalar"/>.</summary>
    Scalar,
}
