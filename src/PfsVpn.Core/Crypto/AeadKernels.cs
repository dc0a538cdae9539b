namespace PfsVpn.Crypto;

/// <summary>Chooses the kernel of <see cref="TransportAead"/>: the quickest one that the machine has and that passes the known-answer test.</summary>
/// <remarks>Threading: pure functions. The variable is read once, by <see cref="TransportAead"/>.</remarks>
internal static unsafe class AeadKernels
{
    /// <summary>The environment variable that forces a kernel: vector512, vector256, vector128 or scalar.</summary>
    public const string Variable = "PFSVPN_AEAD";

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
    public static (AeadKernel Kernel, AeadEngine Engine) Choose(string? forced) => string.IsNullOrEmpty(forced) ? ChooseQuickest() : Force(forced);

    private static (AeadKernel Kernel, AeadEngine Engine) ChooseQuickest()
    {
        foreach (var kernel in All)
        {
            if (IsSupported(kernel) && Create(kernel) is var engine && AeadKnownAnswer.Passes(engine)) return (kernel, engine);
        }
        throw new InvalidOperationException("No implementation of ChaCha20-Poly1305 gave right results in its test.");
    }

    private static (AeadKernel Kernel, AeadEngine Engine) Force(string name)
    {
        var all = All.ToArray();
        var place = Array.FindIndex(all, kernel => string.Equals(name, NameOf(kernel), StringComparison.Ordinal));
        if (place < 0) throw new InvalidOperationException($"{Variable}={name}: no such kernel; there are {NamesOf(all)}.");
        var forced = all[place];
        if (!IsSupported(forced)) throw new InvalidOperationException($"{Variable}={name}: this machine has not the instructions; it has those for {NamesOf(all.Where(IsSupported))}.");
        var engine = Create(forced);
        return AeadKnownAnswer.Passes(engine) ? (forced, engine) : throw new InvalidOperationException($"{Variable}={name}: this kernel gave wrong results in its test.");
    }

    private static string NamesOf(IEnumerable<AeadKernel> kernels) => string.Join(", ", kernels.Select(NameOf));
}
