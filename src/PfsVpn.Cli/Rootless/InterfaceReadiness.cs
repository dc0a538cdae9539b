using System.Diagnostics;
using PfsVpn.Cli.Control;

namespace PfsVpn.Cli.Rootless;

/// <summary>Waits until the daemon knows that its interface is up: before that it drops what the program sends, and has no port that a configuration could be refused for.</summary>
/// <remarks>The daemon hears of the interface from the kernel, or has to take it for up where the namespace tells it nothing: milliseconds after it was set up.</remarks>
internal static class InterfaceReadiness
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10), Pause = TimeSpan.FromMilliseconds(5);

    /// <summary>Returns when the interface is up.</summary>
    /// <exception cref="CliException">The daemon has ended, or does not see it.</exception>
    public static void WaitUntilUp(CliContext context, string name)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            while (!IsUp(context, name))
            {
                if (watch.Elapsed > Patience) throw new CliException($"the daemon does not see that {name} is up; LOG_LEVEL=verbose shows what it sees", ExecCommand.OwnFailure);
                context.Sleep(Pause);
            }
        }
        catch (Exception gone) when (gone is ControlException or KeyNotFoundException)
        {
            throw new CliException($"the daemon of {name} ended before it was ready; LOG_LEVEL=verbose shows why", ExecCommand.OwnFailure);
        }
    }

    private static bool IsUp(CliContext context, string name)
    {
        var status = StatusReader.TryRead(context, name) ?? throw new ControlException(NativeFile.ECONNRESET);
        return status.GetProperty("up").GetBoolean();
    }
}
