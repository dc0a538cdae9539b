using System.Globalization;
using System.Runtime.InteropServices;

namespace PfsVpn.Cli.Tunnel;

/// <summary>Runs a plan: all of it, or nothing.</summary>
internal static class TunnelTransaction
{
    /// <summary>
    /// Runs the steps in order. Where one fails, or SIGINT, SIGTERM or SIGHUP arrives, it and all before it are taken back in reverse order; signals do not interrupt that.
    /// </summary>
    /// <exception cref="CliException">A step failed; the message says which, why, and whether all was taken back.</exception>
    public static void Run(TunnelPlan plan, TunnelHost host)
    {
        using var turn = host.DryRun ? null : TunnelTurn.Take(host.Context, host.Interface);
        using var interruption = new Interruption();
        host.Interruption = interruption.Token;
        for (var number = 0; number < plan.Steps.Count; number++)
        {
            var step = plan.Steps[number];
            try
            {
                interruption.ThrowIfRequested();
                step.Do(host);
                interruption.ThrowIfRequested();
            }
            catch (Exception failure) when (IsFailure(failure))
            {
                host.Interruption = CancellationToken.None;
                var left = TakeBack(plan, number, host);
                var reason = interruption.Signal is { } signal ? $"interrupted by {signal}" : failure.Message;
                throw new CliException(
                    string.Create(CultureInfo.InvariantCulture, $"{host.Interface}: step {number + 1} of {plan.Steps.Count} failed, {step.Name}: {reason}\n") +
                    (left == 0 ? "Everything has been taken back." : string.Create(CultureInfo.InvariantCulture, $"Not everything could be taken back ({left} {(left == 1 ? "step" : "steps")}, see above).")));
            }
        }
    }

    /// <summary>
    /// Runs the steps in order, all of them, whatever fails and whoever interrupts: what is left of a tunnel helps nobody. Only a step of <paramref name="mayStop"/> stops the plan where it fails,
    /// and can be interrupted.
    /// </summary>
    /// <exception cref="CliException">A step failed; the message says which and why.</exception>
    public static void RunAll(TunnelPlan plan, TunnelHost host, Func<TunnelStep, bool> mayStop)
    {
        using var turn = host.DryRun ? null : TunnelTurn.Take(host.Context, host.Interface);
        using var interruption = new Interruption();
        var failures = new List<string>();
        foreach (var step in plan.Steps)
        {
            host.Interruption = mayStop(step) ? interruption.Token : CancellationToken.None;
            try
            {
                host.Interruption.ThrowIfCancellationRequested();
                step.Do(host);
            }
            catch (Exception failure) when (IsFailure(failure))
            {
                var text = $"{host.Interface}: cannot {step.Name}: {failure.Message}";
                if (mayStop(step)) throw new CliException(text + "\nNothing has been taken away.");
                host.Say(text);
                failures.Add(step.Name);
            }
        }
        if (failures.Count != 0) throw new CliException($"{host.Interface}: not all could be taken away: {string.Join(", ", failures)} (see above)");
    }

    /// <summary>Takes the steps up to one back, whatever fails. Returns the number of those that could not be.</summary>
    private static int TakeBack(TunnelPlan plan, int last, TunnelHost host)
    {
        var failed = 0;
        for (var number = last; number >= 0; number--)
        {
            var step = plan.Steps[number];
            try
            {
                step.Undo?.Invoke(host);
            }
            catch (Exception failure) when (IsFailure(failure))
            {
                host.Say($"{host.Interface}: cannot take back: {step.Name}: {failure.Message}");
                failed++;
            }
        }
        return failed;
    }

    private static bool IsFailure(Exception failure) => failure is CliException or IOException or UnauthorizedAccessException or OperationCanceledException or Control.ControlException;

    /// <summary>The signals that ask a program to end, taken as requests.</summary>
    private sealed class Interruption : IDisposable
    {
        private static readonly PosixSignal[] Signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];
        private readonly CancellationTokenSource _source = new();
        private readonly List<PosixSignalRegistration> _registrations;

        public Interruption() => _registrations = [.. Signals.Select(signal => PosixSignalRegistration.Create(signal, Take))];

        public CancellationToken Token => _source.Token;

        /// <summary>The signal that came, or null.</summary>
        public PosixSignal? Signal { get; private set; }

        public void ThrowIfRequested() => _source.Token.ThrowIfCancellationRequested();

        public void Dispose()
        {
            foreach (var registration in _registrations) registration.Dispose();
            _source.Dispose();
        }

        private void Take(PosixSignalContext context)
        {
            context.Cancel = true;
            Signal ??= context.Signal;
            try
            {
                _source.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It came when all was done.
            }
        }
    }
}
