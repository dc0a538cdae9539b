namespace PfsVpn.Cli.Windows;

/// <summary>Runs a command of a tunnel's file and returns its exit code; <see cref="ScriptProcess.Run"/> in real runs.</summary>
internal delegate int ScriptRunner(string command, IReadOnlyDictionary<string, string> variables, Action<string> say, CancellationToken interruption);
