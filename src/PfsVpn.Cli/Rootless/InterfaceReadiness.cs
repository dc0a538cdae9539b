using System.Diagnostics;
using PfsVpn.Cli.Control;

namespace PfsVpn.Cli.Rootless;

/// <summary>Waits until the daemon of a program knows that its interface is up.</summary>
internal static class InterfaceReadiness
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Returns when the interface is up.</summary>
    /// <exception cref="CliException">The daemon has ended, or does not see it.</exception>
    public static void WaitUntilUp(CliContext context, string name)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            while (!(LinkReadiness.IsUp(context, name) ?? throw new ControlException(NativeFile.ECONNRESET)))
            {
                if (watch.Elapsed > Patience) throw new CliException($"the daemon does not see that {name} is up; LOG_LEVEL=verbose shows what it sees", ExecCommand.OwnFailure);
                context.Sleep(LinkReadiness.Pause);
            }
        }
        catch (ControlException)
        {
            throw new CliException($"the daemon of {name} ended before it was ready; LOG_LEVEL=verbose shows why", ExecCommand.OwnFailure);
        }
    }
}
