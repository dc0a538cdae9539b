using PfsVpn.Crypto;

namespace PfsVpn.Tests.Crypto;

/// <summary>The kernels that this machine, with its environment, can run.</summary>
internal static class AeadKernelData
{
    /// <summary>Their names, for theories.</summary>
    public static TheoryData<string> Supported()
    {
        var names = new TheoryData<string>();
        foreach (var kernel in AeadKernels.All)
            if (AeadKernels.IsSupported(kernel)) names.Add(AeadKernels.NameOf(kernel));
        return names;
    }

    /// <summary>The kernel with a name.</summary>
    public static AeadKernel Parse(string name)
    {
        foreach (var kernel in AeadKernels.All)
            if (AeadKernels.NameOf(kernel) == name) return kernel;
        throw new ArgumentException("no such kernel", nameof(name));
    }
}
