using Microsoft.Extensions.Logging.Abstractions;
using PfsVpn.Crypto;
using PfsVpn.Daemon;

namespace PfsVpn.SystemTests.Daemon;

public sealed class CrashGuardTests
{
    [Fact]
    public void ACrashErasesEveryKeyRemovesTheSocketAndEndsTheProcess()
    {
        using var arena = SecretArena.Create();
        var key = arena.Allocate();
        key.Randomize(SystemRandom.Instance);
        var socket = Path.GetTempFileName();
        var exitCode = 0;
        using var guard = new CrashGuard(NullLogger.Instance, code => exitCode = code);
        guard.Guard(arena);
        guard.Guard(socket);

        guard.Crash(new InvalidOperationException("a bug"));

        Assert.True(key.IsZero);
        Assert.False(File.Exists(socket));
        Assert.Equal(1, exitCode);
    }
}
