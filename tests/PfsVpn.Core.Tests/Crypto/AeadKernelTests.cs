using PfsVpn.Crypto;

namespace PfsVpn.Tests.Crypto;

/// <summary>Every kernel that the machine has, each alone.</summary>
public sealed unsafe class AeadKernelTests
{
    /// <summary>Random packets for each kernel; without vector instructions the slow kernels are the only ones, and get fewer.</summary>
    private static int PacketsFor(AeadKernel kernel) => kernel switch
    {
        AeadKernel.Vector512 or AeadKernel.Vector256 => 400_000,
        _ => 130_000,
    };

    [Theory]
    [MemberData(nameof(AeadKernelData.Supported), MemberType = typeof(AeadKernelData))]
    public void A_kernel_agrees_with_libsodium_and_the_framework_on_random_batches(string name)
    {
        var kernel = AeadKernelData.Parse(name);
        using var comparison = new AeadComparison(kernel, seed: 8439);
        comparison.Run(PacketsFor(kernel));
    }
}
