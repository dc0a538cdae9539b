using Microsoft.Extensions.Logging.Abstractions;
using PfsVpn.Crypto;
using PfsVpn.Daemon;

namespace PfsVpn.SystemTests.Daemon;

public sealed class CrashGuardTests
{
    [Fact]
    public unsafe void ACrashErasesEveryKeyRemovesTheSocketAndEndsTheProcess()
    {
        using var arena = SecretArena.Create();
        var key = arena.Allocate();
        key.Randomize(SystemRandom.Instance);
        var bytes = new ReadOnlySpan<byte>(key.Pointer, SecretKey.SizeInBytes);
        Assert.NotEqual(-1, bytes.IndexOfAnyExcept((byte)0));
        var socket = Path.GetTempFileName();
        var exitCode = 0;
        using var guard = new CrashGuard(NullLogger.Instance, code => exitCode = code);
        guard.Guard(arena);
        guard.Guard(socket);

        guard.Crash(new InvalidOperationException("a bug"));

        Assert.True(key.IsDisposed);
        Assert.Equal(-1, bytes.IndexOfAnyExcept((byte)0));
        Assert.False(File.Exists(socket));
        Assert.Equal(1, exitCode);
    }
}
