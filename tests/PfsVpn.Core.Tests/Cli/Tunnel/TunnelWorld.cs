using System.Text;
using PfsVpn.Cli;
using PfsVpn.Cli.Output;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Configuration;

namespace PfsVpn.Tests.Cli.Tunnel;

/// <summary>A run of the program in a folder of its own, with programs that are only recorded.</summary>
internal sealed class TunnelWorld : IDisposable
{
    private readonly StringWriter _error = new();
    private readonly List<TunnelFile> _files = [];

    public TunnelWorld(bool isRoot = true, ITunnelPlans? plans = null)
    {
        Directory.CreateDirectory(Path.Combine(Root, "wireguard"));
        Context = new CliContext
        {
            Output = new Nowhere(),
            Error = _error,
            Environment = static name => name == "PATH" ? "/usr/bin" : null,
            ControlDirectory = Path.Combine(Root, "wireguard"),
            RuntimeDirectory = Path.Combine(Root, "run"),
            ResolverFile = Path.Combine(Root, "resolv.conf"),
            ProgramDirectory = Root,
            IsRoot = isRoot,
            Commands = Runner,
            Resolver = Names,
            Plans = plans ?? new LinuxPlans(),
            Sleep = static _ => { },
        };
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("pfsvpn-tunnel-").FullName;

    public FakeRunner Runner { get; } = new();

    public FakeNames Names { get; } = new();

    public CliContext Context { get; }

    /// <summary>What was said, and with it the steps that were shown.</summary>
    public string Said => _error.ToString();

    public TunnelFile Parse(string text)
    {
        var file = TunnelFileParser.Parse(Encoding.UTF8.GetBytes(text), Context.Arena, Write("wg0.conf", text));
        _files.Add(file);
        return file;
    }

    /// <summary>The steps of a dry run, as they are shown.</summary>
    public string[] DryRun(string text)
    {
        TunnelTransaction.Run(UpPlanner.Plan(Parse(text), "/etc/wireguard/wg0.conf"), new TunnelHost(Context, "wg0", dryRun: true));
        return [.. Said.Split('\n').Where(static line => line.StartsWith("[#] ", StringComparison.Ordinal)).Select(static line => line[4..])];
    }

    public string Write(string name, string text)
    {
        var path = Path.Combine(Root, name);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose()
    {
        foreach (var file in _files) file.Dispose();
        Context.Dispose();
        Directory.Delete(Root, recursive: true);
    }

    private sealed class Nowhere : IByteSink
    {
        public void Write(ReadOnlySpan<byte> bytes)
        {
            // Nothing is printed in these tests.
        }
    }
}
