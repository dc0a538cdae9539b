using System.Globalization;
using System.Text;
using PfsVpn.Interop;

namespace PfsVpn.Cli.Rootless;

/// <summary>The daemon of one program: it serves a TUN that was made elsewhere, and ends with this process, however that ends.</summary>
/// <remarks>Threading: any. It has a session of its own, so that the terminal's signals are not for it.</remarks>
internal sealed class TunnelDaemon : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Variables that are said anew, or are meant for the program's service manager.</summary>
    private static readonly string[] Replaced =
        ["WG_TUN_FD=", "WG_UAPI_FD=", "WG_TUN_NAME_FILE=", "WG_PROCESS_FOREGROUND=", "PFSVPN_LIFE_FD=", "PFSVPN_TUN_MTU=", "NOTIFY_SOCKET=", "WATCHDOG_PID=", "WATCHDOG_USEC="];

    private readonly int _life;
    private readonly Task _end;
    private int _status;
    private volatile bool _isWanted = true;

    private TunnelDaemon(int process, int life, Action<string> unexpectedEnd)
    {
        Process = process;
        _life = life;
        _end = Task.Factory.StartNew(() => WaitForEnd(unexpectedEnd), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Its process id.</summary>
    public int Process { get; }

    /// <summary>Starts it. The descriptors stay the caller's.</summary>
    /// <param name="context">Where PATH is.</param>
    /// <param name="name">The interface's name.</param>
    /// <param name="tun">The TUN.</param>
    /// <param name="control">A listening control socket.</param>
    /// <param name="mtu">The TUN's MTU in bytes.</param>
    /// <param name="unexpectedEnd">Called on another thread, with how it ended, where nobody asked it to.</param>
    /// <exception cref="CliException">It cannot be started.</exception>
    public static TunnelDaemon Start(CliContext context, string name, int tun, int control, int mtu, Action<string> unexpectedEnd)
    {
        var path = ProgramFiles.Daemon(context);
        var (lifeRead, lifeWrite) = NativeProgram.Pipe();
        var environment = NativeProgram.Environment().Where(static variable => !Replaced.Any(name => variable.AsSpan().StartsWith(Encoding.UTF8.GetBytes(name)))).ToList();
        Set("WG_TUN_FD", tun);
        Set("WG_UAPI_FD", control);
        Set("PFSVPN_LIFE_FD", lifeRead);
        Set("PFSVPN_TUN_MTU", mtu);
        // The terminal is the program's: of the daemon only errors are shown, unless somebody asks for more.
        if (string.IsNullOrEmpty(context.Environment("LOG_LEVEL"))) environment.Add([.. "LOG_LEVEL=error"u8]);
        foreach (var descriptor in (ReadOnlySpan<int>)[tun, control, lifeRead]) _ = Libc.fcntl(descriptor, Libc.F_SETFD, 0);
        var process = NativeProgram.Start(path, [Encoding.UTF8.GetBytes(path), [.. "--foreground"u8], Encoding.UTF8.GetBytes(name)], environment, apart: true);
        NativeFile.Close(lifeRead);
        if (process > 0) return new TunnelDaemon(process, lifeWrite, unexpectedEnd);
        NativeFile.Close(lifeWrite);
        throw new CliException($"{path} cannot be started: {NativeFile.Describe(-process)}", ExecCommand.OwnFailure);

        void Set(string key, int value) => environment.Add(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{key}={value}")));
    }

    /// <summary>Has it erase its keys and end, and waits for that.</summary>
    public void Dispose()
    {
        if (!_isWanted) return;
        _isWanted = false;
        NativeFile.Close(_life);
        if (_end.Wait(Patience)) return;
        NativeProgram.Signal(Process, NativeProgram.SIGKILL);
        _end.Wait();
    }

    private void WaitForEnd(Action<string> unexpectedEnd)
    {
        _ = NativeProgram.Wait(Process, 0, out _status);
        if (_isWanted) unexpectedEnd(ProgramRun.Ending(_status));
    }
}
