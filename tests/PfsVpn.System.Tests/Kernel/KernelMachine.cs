using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Kernel;

/// <summary>
/// A small emulated machine whose kernel speaks WireGuard, joined by a tap device to a namespace. Its shell runs what is sent over a serial line.
/// The namespace's side is 10.9.0.1 and fd09::1, the machine's 10.9.0.2 and fd09::2.
/// </summary>
public sealed class KernelMachine : IAsyncDisposable
{
    private static readonly TimeSpan BootBound = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan CommandBound = TimeSpan.FromMinutes(2);
    private static readonly Lazy<Task<string>> Files = new(FetchAsync);

    private readonly SemaphoreSlim _oneAtATime = new(1);
    private readonly BlockingCollection<string> _lines = [];
    private readonly Process _process;
    private readonly Journal _journal;
    private readonly string _consoleFile;
    private readonly string _key;
    private int _commands;

    private KernelMachine(Process process, NetworkNamespace host, Journal journal, string consoleFile)
    {
        (_process, Host, _journal, _consoleFile) = (process, host, journal, consoleFile);
        _key = $"process {process.Id}";
        TestRun.Register(_key, Kill);
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is not null) _lines.Add(line.Data.TrimEnd('\r'));
        };
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not null) journal.Add("qemu", line.Data);
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The namespace that is its neighbour.</summary>
    public NetworkNamespace Host { get; }

    /// <summary>Boots a machine beside a new namespace.</summary>
    public static async Task<KernelMachine> BootAsync(TestNetwork network)
    {
        var files = await Files.Value;
        var host = await network.AddNamespaceAsync("host");
        await host.IpAsync("tuntap add tap0 mode tap");
        await host.IpAsync("link set tap0 up");
        await TestNetwork.AddAddressesAsync(host, "tap0", "10.9.0.1/24", "fd09::1/64");
        var console = TestRun.FilePath("console.log");
        var process = host.Start("qemu-system-x86_64",
        [
            "-accel", "tcg", "-cpu", "qemu64,+rdrand", "-m", "256", "-nodefaults", "-no-reboot", "-display", "none",
            "-kernel", Path.Combine(files, "vmlinuz"), "-initrd", Path.Combine(files, "initramfs"),
            "-append", "console=ttyS0 quiet mitigations=off panic=-1 random.trust_cpu=on",
            "-netdev", "tap,id=n0,ifname=tap0,script=no,downscript=no", "-device", "virtio-net-pci,netdev=n0,romfile=",
            "-serial", "file:" + console, "-serial", "stdio",
        ]);
        var machine = new KernelMachine(process, host, network.Journal, console);
        await machine.AnswerAsync(0, BootBound);
        await machine.RunAsync("ip address add 10.9.0.2/24 dev eth0; ip address add fd09::2/64 dev eth0");
        return machine;
    }

    /// <summary>Runs a line of shell in the machine; any exit code other than 0 is a failure.</summary>
    public async Task<string> RunAsync(string command)
    {
        var (code, output) = await TryRunAsync(command);
        return code == 0 ? output : throw new InvalidOperationException($"In the kernel machine `{command}` ended with exit code {code}:\n{output}");
    }

    /// <summary>Runs a line of shell in the machine, whatever its exit code.</summary>
    public async Task<(int Code, string Output)> TryRunAsync(string command)
    {
        await _oneAtATime.WaitAsync();
        try
        {
            await _process.StandardInput.WriteAsync(command + "\n");
            await _process.StandardInput.FlushAsync();
            var result = await AnswerAsync(++_commands, CommandBound);
            _journal.Add("kernel", $"$ {command}{(result.Code == 0 ? "" : $" (exit code {result.Code}) {result.Output}")}");
            return result;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await _process.WaitForExitAsync();
        foreach (var line in (await File.ReadAllLinesAsync(_consoleFile)).TakeLast(60)) _journal.Add("console", line);
        TestRun.Unregister(_key);
        _process.Dispose();
        _oneAtATime.Dispose();
        _lines.Dispose();
    }

    private static async Task<string> FetchAsync()
    {
        var result = await Shell.TryRunAsync(Path.Combine(Programs.PeerScripts, "kernel-peer.sh"), [], bound: TimeSpan.FromMinutes(10));
        return Shell.Checked(result).Output.Trim();
    }

    // Each answer ends with "<exit code> done <number of the command>".
    private Task<(int Code, string Output)> AnswerAsync(int number, TimeSpan bound) => Task.Run(() =>
    {
        var output = new List<string>();
        var end = string.Create(CultureInfo.InvariantCulture, $" done {number}");
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < bound && !_process.HasExited)
        {
            if (!_lines.TryTake(out var line, 1000)) continue;
            if (line.EndsWith(end, StringComparison.Ordinal) && int.TryParse(line[..^end.Length], CultureInfo.InvariantCulture, out var code)) return (code, string.Join('\n', output));
            output.Add(line);
        }
        var what = number == 0 ? "did not boot" : $"did not answer command {number}";
        var state = _process.HasExited ? $"qemu ended with exit code {_process.ExitCode}" : $"within {bound.TotalSeconds} s";
        throw new TimeoutException($"The kernel machine {what}, {state}. Its console:\n{string.Join('\n', File.ReadLines(_consoleFile).TakeLast(20))}\nIts shell:\n{string.Join('\n', output)}");
    });

    private void Kill()
    {
        if (!_process.HasExited) Syscalls.Signal(_process.Id, Syscalls.SIGKILL);
    }
}

/// <summary>The tests need qemu too.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class KernelFactAttribute : FactAttribute
{
    public KernelFactAttribute() => Skip = Requirements.Skip(Requirements.Find("qemu-system-x86_64") is null ? "they need qemu-system-x86_64 (test.sh kernel installs it)" : null);
}
