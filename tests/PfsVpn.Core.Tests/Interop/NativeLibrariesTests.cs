using PfsVpn.Interop;

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
}
