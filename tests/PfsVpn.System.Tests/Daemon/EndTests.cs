namespace PfsVpn.SystemTests.Daemon;

[Collection(DaemonTestCollection.Name)]
public sealed class EndTests : IDisposable
{
    private readonly TestNamespace _place = new();

    [RootTheory]
    [InlineData(Native.SIGTERM)]
    [InlineData(Native.SIGINT)]
    public void ASignalEndsTheDaemonInTheBackgroundAndLeavesNothing(int signal)
    {
        using var daemon = RunningDaemon.Start(_place, RunningDaemon.NewName());

        daemon.Signal(signal);
        daemon.WaitForEnd();

        RequireNothingLeft(daemon.InterfaceName);
    }

    [RootTheory]
    [InlineData(Native.SIGTERM)]
    [InlineData(Native.SIGINT)]
    [InlineData(Native.SIGHUP)]
    public void ASignalEndsTheDaemonInTheForegroundWithZero(int signal)
    {
        using var daemon = new ForegroundDaemon(_place, RunningDaemon.NewName()).WaitUntilReady();

        daemon.Signal(signal);

        RequireOrderlyEnd(daemon);
    }

    [RootFact]
    public void SigintEndsADaemonThatAShellStartedWithItIgnored()
    {
        var name = RunningDaemon.NewName();
        using var daemon = new ForegroundDaemon(name, [], _place, "sh", "-c", $"trap '' INT; exec {Command.Pfsvpnd} -f {name}").WaitUntilReady();

        daemon.Signal(Native.SIGINT);

        RequireOrderlyEnd(daemon);
    }

    [RootFact]
    public void SighupIsIgnoredInTheBackground()
    {
        using var daemon = RunningDaemon.Start(_place, RunningDaemon.NewName());

        daemon.Signal(Native.SIGHUP);

        Assert.EndsWith("errno=0\n\n", daemon.Ask(), StringComparison.Ordinal);
        Assert.False(daemon.HasEnded);
    }

    [RootFact]
    public void DeletingTheInterfaceEndsTheDaemon()
    {
        using var daemon = new ForegroundDaemon(_place, RunningDaemon.NewName()).WaitUntilReady();

        _place.Ip("link", "delete", daemon.InterfaceName);

        RequireOrderlyEnd(daemon);
        Assert.Contains(daemon.Log, static line => line.Contains("the interface was deleted", StringComparison.Ordinal));
    }

    [RootFact]
    public void DeletingTheControlSocketEndsTheDaemon()
    {
        using var daemon = new ForegroundDaemon(_place, RunningDaemon.NewName()).WaitUntilReady();

        File.Delete(RunningDaemon.SocketPathOf(daemon.InterfaceName));

        RequireOrderlyEnd(daemon);
        Assert.Contains(daemon.Log, static line => line.Contains("the control socket was deleted", StringComparison.Ordinal));
    }

    [RootFact]
    public void TheVariableForTheForegroundDoesWhatTheOptionDoes()
    {
        var name = RunningDaemon.NewName();
        using var daemon = new ForegroundDaemon(name, [("WG_PROCESS_FOREGROUND", "1")], _place, Command.Pfsvpnd, name).WaitUntilReady();

        using var serving = RunningDaemon.Find(name);
        Assert.Equal(daemon.Process, serving.Process);
    }

    public void Dispose() => _place.Dispose();

    private void RequireOrderlyEnd(ForegroundDaemon daemon)
    {
        var result = daemon.WaitForEnd();
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Empty(result.Error);
        RequireNothingLeft(daemon.InterfaceName);
    }

    private void RequireNothingLeft(string name)
    {
        Assert.False(_place.HasInterface(name));
        Assert.False(File.Exists(RunningDaemon.SocketPathOf(name)));
    }
}
