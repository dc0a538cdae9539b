using PfsVpn.Crypto;

namespace PfsVpn.Tests.Crypto;

public sealed class NativeCryptoTests
{
    [Fact]
    public void The_library_is_there()
    {
        NativeCrypto.Load();
        NativeCrypto.Load();
    }
}
