using System.Diagnostics;
using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using PfsVpn.Interop;

namespace PfsVpn.Tests.Tun;

/// <summary>A network namespace with its lo up, for one test.</summary>
internal sealed unsafe partial class NetworkNamespace : IDisposable
{
    private const int CloneNewNet = 0x40000000;
    private static int _counter;

    public NetworkNamespace()
    {
        Name = string.Create(CultureInfo.InvariantCulture, $"linux-{Environment.ProcessId}-{Interlocked.Increment(ref _counter)}");
        Execute("ip", "netns", "add", Name);
        Ip("link set lo up");
    }

    public string Name { get; }

    /// <summary>Runs <c>ip</c> in the namespace.</summary>
    public string Ip(string arguments) => Execute("ip", ["-n", Name, .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

    /// <summary>Runs a program in the namespace.</summary>
    public string Shell(string command) => Execute("ip", "netns", "exec", Name, "sh", "-c", command);

    /// <summary>Turns IPv6 off for every interface to come.</summary>
    public void DisableV6() => Run(() =>
    {
        File.WriteAllText("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
        File.WriteAllText("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
    });

    /// <summary>Makes a pair of interfaces, one end here and one in another namespace, both up. The kernel notices that a moment later; before, IPv6 addresses get no routes.</summary>
    public void Join(NetworkNamespace other, string here, string there)
    {
        Ip($"link add {here} type veth peer name {there} netns {other.Name}");
        Ip($"link set {here} up");
        other.Ip($"link set {there} up");
        if (!SpinWait.SpinUntil(() => IsUp(this, here) && IsUp(other, there), TimeSpan.FromSeconds(30))) throw new InvalidOperationException($"{here} and {there} do not come up.");

        static bool IsUp(NetworkNamespace home, string link) => home.Ip($"-o link show {link}").Contains(" state UP ", StringComparison.Ordinal);
    }

    /// <summary>Runs code on a thread of its own in the namespace. Threads that it starts live there too.</summary>
    public void Run(Action action) => Run<object?>(() =>
    {
        action();
        return null;
    });

    /// <summary>Runs code on a thread of its own in the namespace.</summary>
    public T Run<T>(Func<T> function)
    {
        T result = default!;
        ExceptionDispatchInfo? error = null;
        var thread = new Thread(() =>
        {
            try
            {
                Enter();
                result = function();
            }
            catch (Exception exception)
            {
                error = ExceptionDispatchInfo.Capture(exception);
            }
        });
        thread.Start();
        thread.Join();
        error?.Throw();
        return result;
    }

    public void Dispose() => Execute("ip", "netns", "del", Name);

    private void Enter()
    {
        var path = System.Text.Encoding.UTF8.GetBytes($"/run/netns/{Name}\0");
        int descriptor;
        fixed (byte* start = path) descriptor = Libc.open(start, Libc.O_CLOEXEC);
        if (descriptor < 0 || setns(descriptor, CloneNewNet) != 0)
            throw new InvalidOperationException($"setns to {Name} failed with error {Marshal.GetLastPInvokeError()}.");
        _ = Libc.close(descriptor);
    }

    private static string Execute(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {errors.GetAwaiter().GetResult()}");
        return output;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setns(int descriptor, int kind);
}
