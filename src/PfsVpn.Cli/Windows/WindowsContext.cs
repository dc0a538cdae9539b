using PfsVpn.Cli.Output;
using PfsVpn.Cli.Rootless;
using PfsVpn.Cli.Windows.Native;

namespace PfsVpn.Cli.Windows;

/// <summary>What surrounds a real run on Windows.</summary>
internal static class WindowsContext
{
    /// <summary>Makes it.</summary>
    public static CliContext Create()
    {
        const int StandardOutput = 1, StandardError = 2;
        if (NativeFile.IsTerminal(StandardOutput) || NativeFile.IsTerminal(StandardError)) WindowsTerminal.UseUtf8();
        return new CliContext
        {
            Output = new DescriptorSink(StandardOutput),
            Error = new LogLines(CliContext.OpenError(), isJournal: false, TimeProvider.System),
            Environment = Environment.GetEnvironmentVariable,
            ControlDirectory = Environment.GetEnvironmentVariable(ControlPlace.Variable) is { Length: > 0 } named ? named : ControlPipe.DefaultPrefix,
            RuntimeDirectory = WindowsPlaces.State,
            Plans = new WindowsPlans(),
            StandardInput = 0,
            OutputIsTerminal = WindowsTerminal.TryEnableSequences(StandardOutput),
            TerminalSize = static () => NativeFile.WindowSize(StandardOutput),
            OutputIsExposed = CliContext.IsExposed(NativeFile.ModeOf(StandardOutput)),
            Ask = NativeFile.IsTerminal(0) && NativeFile.IsTerminal(StandardError) ? CliContext.AskOnTerminal : null,
        };
    }
}
