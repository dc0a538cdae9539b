using System.Globalization;

namespace PfsVpn.SystemTests.Daemon;

/// <summary>A network namespace of the test's own, removed with it.</summary>
internal sealed class TestNamespace : IDisposable
{
    private static int _count;

    public TestNamespace()
    {
        Name = string.Create(CultureInfo.InvariantCulture, $"daemon-{Environment.ProcessId}-{Interlocked.Increment(ref _count)}");
        Command.Require("ip", "netns", "add", Name);
    }

    public string Name { get; }

    /// <summary>Runs a command inside.</summary>
    public CommandResult Run(IEnumerable<(string Name, string? Value)> variables, string program, params string[] arguments) =>
        Command.Run(variables, "ip", ["netns", "exec", Name, program, .. arguments]);

    /// <summary>Runs ip(8) for this namespace; it has to succeed.</summary>
    public string Ip(params string[] arguments) => Command.Require("ip", ["-n", Name, .. arguments]);

    /// <summary>Whether an interface of this name is here.</summary>
    public bool HasInterface(string name) => Command.Run("ip", "-n", Name, "link", "show", "dev", name).ExitCode == 0;

    public void Dispose() => Command.Run("ip", "netns", "delete", Name);
}
