using System.Diagnostics;
using System.Globalization;
using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Quick;

/// <summary>A host of its own, with its network, processes, /run and /etc: what tunnels do to it is done to nothing else. It ends with all of its processes.</summary>
public sealed class TunnelBox : IAsyncDisposable
{
    private readonly Process _keeper;
    private readonly int _first;

    private TunnelBox(Process keeper, int first) => (_keeper, _first) = (keeper, first);

    /// <summary>Its first process, whose namespaces are the box.</summary>
    public int FirstProcess => _first;

    /// <summary>The folder of the scripts that run in boxes.</summary>
    public static string Scripts { get; } = Path.Combine(AppContext.BaseDirectory, "Quick");

    /// <summary>Makes a box: two veth pairs, default routes, and a resolver's file.</summary>
    public static async Task<TunnelBox> OpenAsync()
    {
        var keeper = Shell.Start("unshare", ["--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private", "bash", Path.Combine(Scripts, "box.sh")]);
        var said = await keeper.StandardOutput.ReadLineAsync();
        if (said != "ready")
        {
            keeper.StandardInput.Close();
            throw new InvalidOperationException($"the box cannot be made: {said} {await keeper.StandardError.ReadToEndAsync()}");
        }
        var children = await File.ReadAllTextAsync(string.Create(CultureInfo.InvariantCulture, $"/proc/{keeper.Id}/task/{keeper.Id}/children"));
        return new TunnelBox(keeper, int.Parse(children, CultureInfo.InvariantCulture));
    }

    /// <summary>Runs a program in it, whatever its exit code.</summary>
    public Task<ShellResult> TryRunAsync(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null) => Shell.TryRunAsync(
        "nsenter",
        ["--target", _first.ToString(CultureInfo.InvariantCulture), "--mount", "--net", "--pid", program, .. arguments],
        environment: environment,
        bound: TimeSpan.FromMinutes(4));

    /// <summary>Runs a program in it; any exit code other than 0 is a failure.</summary>
    public async Task<string> RunAsync(string program, params string[] arguments) => Shell.Checked(await TryRunAsync(program, arguments)).Output;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _keeper.StandardInput.Close();
        await _keeper.WaitForExitAsync();
        _keeper.Dispose();
    }
}
