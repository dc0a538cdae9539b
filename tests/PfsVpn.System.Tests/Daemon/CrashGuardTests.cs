using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using PfsVpn.Crypto;
using PfsVpn.Daemon;
using PfsVpn.Daemon.Logging;
using PfsVpn.Daemon.Windows;

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
        using var guard = new CrashGuard(NullLogger.Instance, static () => { }, code => exitCode = code);
        guard.Guard(arena);
        guard.Guard(socket);

        guard.Crash(new InvalidOperationException("a bug"));

        Assert.True(key.IsDisposed);
        Assert.Equal(-1, bytes.IndexOfAnyExcept((byte)0));
        Assert.False(File.Exists(socket));
        Assert.Equal(1, exitCode);
    }

    /// <summary>On Windows lines are written by a thread of their own, and the process does not wait for its threads.</summary>
    [Fact]
    public void WhatACrashHasToSayIsWrittenBeforeTheEnd()
    {
        using var begun = new ManualResetEventSlim();
        var (lines, atTheEnd) = (0, -1);
        using var output = new LogWriter(new HandleOutput(_ =>
        {
            begun.Wait();
            Interlocked.Increment(ref lines);
        }, Timeout.InfiniteTimeSpan), LogFormat.Text);
        var logger = new DaemonLogger(output, "wg0", LogLevel.Information);
        using var guard = new CrashGuard(logger, EndLog, _ => atTheEnd = Volatile.Read(ref lines));

        guard.Crash(new InvalidOperationException("a bug"));
        begun.Set();
        Assert.Equal(1, atTheEnd);

        void EndLog()
        {
            begun.Set();
            output.End();
        }
    }

    [Fact]
    public void ALogThatHasEndedTakesNoLineAndThrowsNothing()
    {
        var lines = 0;
        var writer = new LogWriter(new HandleOutput(_ => lines++, Timeout.InfiniteTimeSpan), LogFormat.Json);
        writer.Write(LogLevel.Error, default, "wg0", "in time");
        writer.Dispose();
        writer.Write(LogLevel.Error, default, "wg0", "too late");
        writer.Dispose();
        Assert.Equal(1, lines);
    }

    [Fact]
    public void AStreamThatAProgramWasStartedWithoutTakesNothing()
    {
        Assert.False(WindowsStreams.TryWrite(0, "nobody reads this"u8));
        Assert.False(WindowsStreams.TryWrite(-1, "nobody reads this"u8));
    }
}
