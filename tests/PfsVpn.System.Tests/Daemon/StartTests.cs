using System.Net.Sockets;

namespace PfsVpn.SystemTests.Daemon;

[Collection(DaemonTestCollection.Name)]
public sealed class StartTests : IDisposable
{
    private readonly TestNamespace _place = new();

    [RootFact]
    public void WhenTheCommandReturnsTheInterfaceIsThereAndTheSocketAnswers()
    {
        using var daemon = RunningDaemon.Start(_place, RunningDaemon.NewName());

        Assert.True(_place.HasInterface(daemon.InterfaceName));
        Assert.EndsWith("errno=0\n\n", daemon.Ask(), StringComparison.Ordinal);
    }

    [RootFact]
    public void TheInterfaceCanBeMovedInTheVeryNextCommandTwentyTimesInARow()
    {
        using var elsewhere = new TestNamespace();
        for (var round = 0; round < 20; round++)
        {
            var name = RunningDaemon.NewName();
            var result = _place.Run([], Command.Pfsvpnd, name);
            var moved = Command.Run("ip", "-n", _place.Name, "link", "set", name, "netns", elsewhere.Name);
            Assert.True(result.ExitCode == 0 && moved.ExitCode == 0, $"round {round}: {result}{moved}");
            using var daemon = RunningDaemon.Find(name);

            elsewhere.Ip("link", "set", name, "up");
            Assert.EndsWith("errno=0\n\n", daemon.Ask(), StringComparison.Ordinal);
            Assert.False(daemon.HasEnded);

            elsewhere.Ip("link", "delete", name);
            daemon.WaitForEnd();
            Assert.False(File.Exists(daemon.SocketPath));
        }
    }

    [RootFact]
    public void ASecondDaemonForTheSameInterfaceIsRefusedAndTheFirstLivesOn()
    {
        using var daemon = RunningDaemon.Start(_place, RunningDaemon.NewName());
        var before = _place.Ip("link", "show", "dev", daemon.InterfaceName);

        foreach (var arguments in (ReadOnlySpan<string[]>)[[daemon.InterfaceName], ["-f", daemon.InterfaceName]])
        {
            var second = _place.Run([], Command.Pfsvpnd, arguments);

            Assert.Equal(1, second.ExitCode);
            Assert.Contains($"{daemon.InterfaceName} is running already", second.Error, StringComparison.Ordinal);
        }
        Assert.Equal(before, _place.Ip("link", "show", "dev", daemon.InterfaceName));
        Assert.EndsWith("errno=0\n\n", daemon.Ask(), StringComparison.Ordinal);
    }

    [RootFact]
    public void AStaleSocketIsReplaced()
    {
        var name = RunningDaemon.NewName();
        Directory.CreateDirectory("/var/run/wireguard");
        LeaveStaleSocket(RunningDaemon.SocketPathOf(name));

        using var daemon = RunningDaemon.Start(_place, name);

        Assert.EndsWith("errno=0\n\n", daemon.Ask(), StringComparison.Ordinal);
    }

    [RootTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void AFailureIsToldAndLeavesNothingBehind(bool foreground)
    {
        var name = RunningDaemon.NewName();
        using var peer = new TestNamespace();
        _place.Ip("link", "add", name, "type", "veth", "peer", "name", name, "netns", peer.Name);

        var result = _place.Run([], Command.Pfsvpnd, foreground ? ["-f", name] : [name]);

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("pfsvpnd: ", result.Error, StringComparison.Ordinal);
        Assert.Contains(name, result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(RunningDaemon.SocketPathOf(name)));
    }

    [RootFact]
    public void AFailureAfterTheInterfaceWasMadeRemovesIt()
    {
        var name = RunningDaemon.NewName();

        var result = _place.Run([("WG_TUN_NAME_FILE", "/nonexistent/folder/name")], Command.Pfsvpnd, name);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("WG_TUN_NAME_FILE=/nonexistent/folder/name cannot be written", result.Error, StringComparison.Ordinal);
        Assert.False(_place.HasInterface(name));
        Assert.False(File.Exists(RunningDaemon.SocketPathOf(name)));
    }

    [RootFact]
    public void TheNameFileGetsTheName()
    {
        var file = Path.GetTempFileName();
        try
        {
            using var daemon = RunningDaemon.Start(_place, RunningDaemon.NewName(), ("WG_TUN_NAME_FILE", file));

            Assert.Equal(daemon.InterfaceName + "\n", File.ReadAllText(file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [RootFact]
    public void SeveralInterfacesAreStartedAtOnce()
    {
        var names = Enumerable.Range(0, 4).Select(static _ => RunningDaemon.NewName()).ToArray();

        var results = names.AsParallel().WithDegreeOfParallelism(names.Length).Select(name => _place.Run([], Command.Pfsvpnd, name)).ToArray();
        var daemons = names.Select(RunningDaemon.Find).ToArray();

        Assert.All(results, static result => Assert.True(result.ExitCode == 0, result.ToString()));
        Assert.Equal(names.Length, daemons.Select(static daemon => daemon.Process).Distinct().Count());
        Assert.All(daemons, static daemon => Assert.EndsWith("errno=0\n\n", daemon.Ask(), StringComparison.Ordinal));
        foreach (var daemon in daemons) daemon.Dispose();
    }

    [RootTheory]
    [InlineData(null, true)]
    [InlineData("silent", true)]
    [InlineData("error", false)]
    [InlineData("verbose", false)]
    public void InTheBackgroundOutputIsKeptOnlyWhereALogIsAskedFor(string? level, bool isNothing)
    {
        var name = RunningDaemon.NewName();
        var file = Path.GetTempFileName();
        try
        {
            var result = _place.Run([("LOG_LEVEL", level)], "sh", "-c", $"exec {Command.Pfsvpnd} {name} >{file} 2>&1");
            Assert.True(result.ExitCode == 0, result.ToString());
            using var daemon = RunningDaemon.Find(name);

            Assert.Equal("/dev/null", Target(daemon, 0));
            Assert.Equal(isNothing ? "/dev/null" : file, Target(daemon, 1));
            Assert.Equal(isNothing ? "/dev/null" : file, Target(daemon, 2));
            Assert.Equal(level == "verbose", File.ReadAllText(file).Contains("ready in", StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(file);
        }
    }

    public void Dispose() => _place.Dispose();

    private static string? Target(RunningDaemon daemon, int descriptor) => new FileInfo($"/proc/{daemon.Process}/fd/{descriptor}").LinkTarget;

    private static void LeaveStaleSocket(string path)
    {
        // .NET removes the file of a socket that it bound; a copy of the name keeps it.
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path + "~"));
        File.Move(path + "~", path);
    }
}
