using System.Runtime.InteropServices;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Cli.Windows.Native;

/// <summary>This process as the process of a service: talks to the service control manager, which says when it is to end.</summary>
/// <remarks>
/// References: Microsoft's pages StartServiceCtrlDispatcherW, Service Control Handler Function, SERVICE_STATUS. While it starts or stops, the manager is told every second that it goes on.
/// Threading: the service's work runs on a thread of the manager; <see cref="Stop"/> and <see cref="Reload"/> come on another.
/// </remarks>
internal static unsafe class WindowsServiceHost
{
    private const uint NoError = 0, ERROR_CALL_NOT_IMPLEMENTED = 120;
    private const uint WaitHintMilliseconds = 10_000;

    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);
    private static readonly Lock Gate = new();
    private static string _name = "";
    private static Func<int>? _work;
    private static nint _handle;
    private static Advapi32.SERVICE_STATUS _status;
    private static Timer? _beat;

    /// <summary>Whether this process is one of a service.</summary>
    public static bool IsService { get; private set; }

    /// <summary>Called when the service is to stop, the machine shutting down included. Once.</summary>
    public static Action? Stop { get; set; }

    /// <summary>Called when what the service is configured by has changed.</summary>
    public static Action? Reload { get; set; }

    /// <summary>Runs the service until its work is done. Returns the exit code of the process.</summary>
    /// <param name="name">The service's name.</param>
    /// <param name="work">What it does; returns 0, or 1 where it failed. It calls <see cref="Running"/> when it is ready, and <see cref="Stopping"/> when it begins to end.</param>
    /// <exception cref="CliException">The service control manager has not started this process.</exception>
    public static int Run(string name, Func<int> work)
    {
        (_name, _work, IsService) = (name, work, true);
        fixed (char* text = name)
        {
            var table = stackalloc Advapi32.SERVICE_TABLE_ENTRYW[2];
            table[0] = new Advapi32.SERVICE_TABLE_ENTRYW { lpServiceName = text, lpServiceProc = &Serve };
            table[1] = default;
            if (Advapi32.StartServiceCtrlDispatcherW(table) != 0) return (int)_status.dwServiceSpecificExitCode;
        }
        IsService = false;
        throw Marshal.GetLastPInvokeError() == Advapi32.ERROR_FAILED_SERVICE_CONTROLLER_CONNECT
            ? new CliException("this is what a service runs, and nothing by hand; a tunnel is taken up by: pfsvpn up NAME")
            : new CliException($"the service control manager does not answer: {WindowsFile.LastWords}");
    }

    /// <summary>The service is ready.</summary>
    public static void Running() => Set(Advapi32.SERVICE_RUNNING);

    /// <summary>The service begins to end.</summary>
    public static void Stopping() => Set(Advapi32.SERVICE_STOP_PENDING);

    /// <summary>What the manager is told of a state: while it changes nothing is accepted, and there is a hint how long that may take.</summary>
    internal static Advapi32.SERVICE_STATUS StatusOf(uint state, uint checkpoint, int exitCode)
    {
        var pending = state is Advapi32.SERVICE_START_PENDING or Advapi32.SERVICE_STOP_PENDING;
        return new Advapi32.SERVICE_STATUS
        {
            dwServiceType = Advapi32.SERVICE_WIN32_OWN_PROCESS,
            dwCurrentState = state,
            dwControlsAccepted = state switch
            {
                Advapi32.SERVICE_RUNNING => Advapi32.SERVICE_ACCEPT_STOP | Advapi32.SERVICE_ACCEPT_PRESHUTDOWN | Advapi32.SERVICE_ACCEPT_PARAMCHANGE,
                // A start that takes long can be given up.
                Advapi32.SERVICE_START_PENDING => Advapi32.SERVICE_ACCEPT_STOP,
                _ => 0,
            },
            dwWin32ExitCode = exitCode == 0 ? NoError : Advapi32.ERROR_SERVICE_SPECIFIC_ERROR,
            dwServiceSpecificExitCode = (uint)exitCode,
            dwCheckPoint = pending ? checkpoint : 0,
            dwWaitHint = pending ? WaitHintMilliseconds : 0,
        };
    }

    [UnmanagedCallersOnly]
    private static void Serve(uint count, char** arguments)
    {
        fixed (char* name = _name) _handle = Advapi32.RegisterServiceCtrlHandlerExW(name, &Handle, null);
        if (_handle == 0) return;
        Set(Advapi32.SERVICE_START_PENDING);
        using (_beat = new Timer(static _ => Again(), null, Beat, Beat))
        {
            var exitCode = 1;
            try
            {
                exitCode = _work!();
            }
            finally
            {
                Set(Advapi32.SERVICE_STOPPED, exitCode);
            }
        }
    }

    [UnmanagedCallersOnly]
    private static uint Handle(uint control, uint eventType, void* eventData, void* context)
    {
        switch (control)
        {
            case Advapi32.SERVICE_CONTROL_STOP or Advapi32.SERVICE_CONTROL_SHUTDOWN or Advapi32.SERVICE_CONTROL_PRESHUTDOWN:
                Stopping();
                Stop?.Invoke();
                return NoError;
            case Advapi32.SERVICE_CONTROL_PARAMCHANGE:
                Reload?.Invoke();
                return NoError;
            case Advapi32.SERVICE_CONTROL_INTERROGATE:
                return NoError;
            default:
                return ERROR_CALL_NOT_IMPLEMENTED;
        }
    }

    private static void Set(uint state, int exitCode = 0)
    {
        lock (Gate)
        {
            // It ends once, and what stops does not run again.
            if (!IsService || _status.dwCurrentState == Advapi32.SERVICE_STOPPED || (_status.dwCurrentState == Advapi32.SERVICE_STOP_PENDING && state is Advapi32.SERVICE_RUNNING)) return;
            _status = StatusOf(state, _status.dwCurrentState == state ? _status.dwCheckPoint + 1 : 1, exitCode);
            Report();
        }
    }

    /// <summary>It is on its way still.</summary>
    private static void Again()
    {
        lock (Gate)
        {
            if (_status.dwCurrentState is not (Advapi32.SERVICE_START_PENDING or Advapi32.SERVICE_STOP_PENDING)) return;
            _status.dwCheckPoint++;
            Report();
        }
    }

    private static void Report()
    {
        fixed (Advapi32.SERVICE_STATUS* status = &_status) _ = Advapi32.SetServiceStatus(_handle, status);
    }
}
