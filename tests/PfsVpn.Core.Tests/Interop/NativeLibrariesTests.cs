using System.Reflection;
using PfsVpn.Interop;
using PfsVpn.Interop.Windows;

[assembly: AssemblyMetadata("SumOfATest", "0123")]

namespace PfsVpn.Tests.Interop;

public sealed class NativeLibrariesTests
{
    [Fact]
    public void A_library_is_loaded_once_and_a_failure_is_tried_again()
    {
        var calls = 0;
        NativeLibraries.Register("a test's library", () => ++calls == 1 ? throw new DllNotFoundException("not there") : 77);
        Assert.Throws<DllNotFoundException>(() => NativeLibraries.Load("a test's library"));
        Assert.Equal(77, NativeLibraries.Load("a test's library"));
        Assert.Equal(77, NativeLibraries.Load("a test's library"));
        Assert.Equal(2, calls);
    }

    [Fact]
    public void A_program_gives_the_sum_of_a_library_as_metadata_of_its_assembly()
    {
        Assert.Equal("0123", CheckedLibrary.HashIn(typeof(NativeLibrariesTests).Assembly, "SumOfATest"));
        Assert.Null(CheckedLibrary.HashIn(typeof(NativeLibrariesTests).Assembly, "LibsodiumSha256"));
        Assert.Null(CheckedLibrary.HashIn(null, "SumOfATest"));
    }
}
