namespace PfsVpn.Crypto;

/// <summary>Chooses the kernel of <see cref="TransportAead"/>: the quickest one that the machine has and that passes the known-answer test.</summary>
/// <remarks>Threading: pure functions. The variable is read once, by <see cref="TransportAead"/>.</remarks>
internal static unsafe class AeadKernels
{
    /// <summary>The environment variable that forces a kernel: vector512, vector256, vector128 or scalar.</summary>
    public const string Variable = "PFSVPN_AEAD";

    private const string Names = "vector512, vector256, vector128, scalar";

    /// <summary>All kernels, the quickest first.</summary>
    public static ReadOnlySpan<AeadKernel> All => [AeadKernel.Vector512, AeadKernel.Vector256, AeadKernel.Vector128, AeadKernel.Scalar];

    /// <summary>The name in the environment, in the log and in the status.</summary>
    public static string NameOf(AeadKernel kernel) => kernel switch
    {
        AeadKernel.Vector512 => "vector512",
        AeadKernel.Vector256 => "vector256",
        AeadKernel.Vector128 => "vector128",
        _ => "scalar",
    };

    /// <summary>Whether this machine has the instructions.</summary>
    public static bool IsSupported(AeadKernel kernel) => kernel switch
    {
        AeadKernel.Vector512 => ChaChaPolyVector512.IsSupported,
        AeadKernel.Vector256 => ChaChaPolyVector256.IsSupported,
        AeadKernel.Vector128 => ChaChaPolyVector128.IsSupported,
        _ => true,
    };

    /// <summary>The engine of a kernel that <see cref="IsSupported"/>.</summary>
    public static AeadEngine Create(AeadKernel kernel) => kernel switch
    {
        AeadKernel.Vector512 => new ChaChaPolyEngine<ChaChaPolyVector512>(),
        AeadKernel.Vector256 => new ChaChaPolyEngine<ChaChaPolyVector256>(),
        AeadKernel.Vector128 => new ChaChaPolyEngine<ChaChaPolyVector128>(),
        _ => new ChaChaPolyEngine<ChaChaPolyScalar>(),
    };

    /// <summary>The kernel that <paramref name="forced"/> names, or where that is null or empty the quickest one that works.</summary>
    /// <exception cref="InvalidOperationException">No such kernel, one that this machine has not, or one that does not work; the message names the variable.</exception>
    public static (AeadKernel Kernel, AeadEngine Engine) Choose(string? forced)
    {
        foreach (var kernel in All)
        {
            if (!string.IsNullOrEmpty(forced) && !string.Equals(forced, NameOf(kernel), StringComparison.Ordinal)) continue;
            if (IsSupported(kernel))
            {
                var engine = Create(kernel);
                if (AeadKnownAnswer.Passes(engine)) return (kernel, engine);
                if (!string.IsNullOrEmpty(forced)) throw new InvalidOperationException($"{Variable}={forced}: this kernel gave wrong results in its test.");
            }
            else if (!string.IsNullOrEmpty(forced))
            {
                var supported = string.Join(", ", All.ToArray().Where(IsSupported).Select(NameOf));
                throw new InvalidOperationException($"{Variable}={forced}: this machine has not the instructions; it has those for {supported}.");
            }
        }
        throw new InvalidOperationException(string.IsNullOrEmpty(forced)
            ? "No implementation of ChaCha20-Poly1305 gave right results in its test."
            : $"{Variable}={forced}: no such kernel; there are {Names}.");
    }
}
