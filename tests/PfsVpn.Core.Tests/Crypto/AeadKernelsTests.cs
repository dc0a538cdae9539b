using PfsVpn.Crypto;

namespace PfsVpn.Tests.Crypto;

/// <summary>Which kernel is taken.</summary>
public sealed class AeadKernelsTests
{
    [Fact]
    public void The_quickest_one_that_the_machine_has()
    {
        var first = AeadKernels.All.ToArray().First(AeadKernels.IsSupported);
        Assert.Equal(first, AeadKernels.Choose(null).Kernel);
        Assert.Equal(first, AeadKernels.Choose("").Kernel);
    }

    [Theory]
    [MemberData(nameof(AeadKernelData.Supported), MemberType = typeof(AeadKernelData))]
    public void The_one_that_is_asked_for(string name) => Assert.Equal(name, AeadKernels.NameOf(AeadKernels.Choose(name).Kernel));

    [Theory]
    [InlineData("vector1024")]
    [InlineData("Vector512")]
    [InlineData("libsodium")]
    public void A_name_that_is_none_is_an_error_that_names_the_variable(string name)
    {
        var error = Assert.Throws<InvalidOperationException>(() => AeadKernels.Choose(name));
        Assert.Contains("PFSVPN_AEAD", error.Message, StringComparison.Ordinal);
        Assert.Contains("vector256", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kernel_that_the_machine_has_not_is_an_error()
    {
        foreach (var kernel in AeadKernels.All)
        {
            if (AeadKernels.IsSupported(kernel)) continue;
            var error = Assert.Throws<InvalidOperationException>(() => AeadKernels.Choose(AeadKernels.NameOf(kernel)));
            Assert.Contains("scalar", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_name_of_the_kernel_in_use_is_known()
    {
        TransportAead.Warm();
        Assert.Contains(AeadKernels.All.ToArray(), kernel => AeadKernels.NameOf(kernel) == TransportAead.KernelName);
    }
}
