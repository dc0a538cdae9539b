using System.Diagnostics;

namespace PfsVpn.SystemTests.Harness;

/// <summary>How the daemon of a <see cref="TunnelEnd"/> is started, asked and ended: what differs between the systems that it runs on.</summary>
public interface IEndTools
{
    /// <summary>The signal that asks the daemon to end in order.</summary>
    int EndSignal { get; }

    /// <summary>Starts the daemon for an interface. Whatever was left of one before it, it has to cope with.</summary>
    Process Start(string interfaceName, IReadOnlyDictionary<string, string> environment);

    /// <summary>Whether the daemon answers on its control socket or pipe.</summary>
    Task<bool> IsAnsweringAsync(string interfaceName);

    /// <summary>Runs `wg`, or our own program where there is none, with these words.</summary>
    Task<ShellResult> RunAsync(params IReadOnlyList<string> words);

    /// <summary>Runs our own program, for what `wg` has no words for.</summary>
    Task<ShellResult> RunOwnAsync(params IReadOnlyList<string> words);

    /// <summary>The same as <see cref="RunAsync"/> with a file that has this text as the last word.</summary>
    Task<ShellResult> RunWithFileAsync(string text, params IReadOnlyList<string> words);

    /// <summary>The daemon has ended: takes away what is left of it.</summary>
    void Remove(string interfaceName);
}
