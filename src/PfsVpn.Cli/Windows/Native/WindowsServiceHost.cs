using System.Runtime.InteropServices;
using PfsVpn.Cli.Windows.Service;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Cli.Windows.Native;

/// <summary>This process as the process of a service: talks to the service control manager, which says when it is to end.</summary>
/// <remarks>
/// References: Microsoft's pages StartServiceCtrlDispatcherW, Service Control Handler Function, SERVICE_STATUS. While it starts or stops, the manager is told every second that it goes on. One that does not end within
/// <see cref="LongestStop"/> of being asked to is ended.
/// Threading: the service's work runs on a thread of the manager; requests come on another.
/// </remarks>
internal static unsafe class WindowsServiceHost
{
    /// <summary>What a service has to end: two seconds less than the manager gives it when the machine goes down.</summary>
    public static readonly TimeSpan LongestStop = TimeSpan.FromMilliseconds(ServiceSettings.PreshutdownMilliseconds - 2_000);

    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    private static readonly ServiceCourse Course = new(Report);
    private static string _name = "";
    private static Func<int>? _work;
    private static Action? _tooLate;
    private static nint _handle;
    private static Timer? _limit;

    /// <summary>Whether this process is one of a service.</summary>
    public static bool IsService { get; private set; }

    /// <summary>Hands requests on from now on: to stop, the machine going down included, also where that came before; and to read again what the service is configured by.</summary>
    public static void Listen(Action stop, Action reload) => Course.Listen(stop, reload);

    /// <summary>Runs the service until its work is done. Returns the exit code of the process.</summary>
    /// <param name="name">The service's name.</param>
    /// <param name="work">What it does; returns 0, or 1 where it failed. It calls <see cref="Running"/> when it is ready, and <see cref="Stopping"/> when it begins to end.</param>
    /// <param name="tooLate">Called on another thread where the work does not end in time, before the process is ended.</param>
    /// <exception cref="CliException">The service control manager has not started this process.</exception>
    public static int Run(string name, Func<int> work, Action tooLate)
    {
        (_name, _work, _tooLate, IsService) = (name, work, tooLate, true);
        fixed (char* text = name)
        {
            var table = stackalloc Advapi32.SERVICE_TABLE_ENTRYW[2];
            table[0] = new Advapi32.SERVICE_TABLE_ENTRYW { lpServiceName = text, lpServiceProc = &Serve };
            table[1] = default;
            if (Advapi32.StartServiceCtrlDispatcherW(table) != 0) return Course.ExitCode;
        }
        IsService = false;
        throw Marshal.GetLastPInvokeError() == Advapi32.ERROR_FAILED_SERVICE_CONTROLLER_CONNECT
            ? new CliException("this is what a service runs, and nothing by hand; a tunnel is taken up by: pfsvpn up NAME")
            : new CliException($"the service control manager does not answer: {WindowsFile.LastWords}");
    }

    /// <summary>The service is ready.</summary>
    public static void Running() => Course.Set(Advapi32.SERVICE_RUNNING);

    /// <summary>The service begins to end.</summary>
    public static void Stopping() => Course.Set(Advapi32.SERVICE_STOP_PENDING);

    [UnmanagedCallersOnly]
    private static void Serve(uint count, char** arguments)
    {
        fixed (char* name = _name) _handle = Advapi32.RegisterServiceCtrlHandlerExW(name, &Handle, null);
        // The manager cannot be told anything: it learns of the end by the end.
        if (_handle == 0) _ = Kernel32.TerminateProcess(Kernel32.GetCurrentProcess(), 1);
        Course.Set(Advapi32.SERVICE_START_PENDING);
        using var beat = new Timer(static _ => Course.GoOn(), null, Beat, Beat);
        Course.End(_work!());
    }

    [UnmanagedCallersOnly]
    private static uint Handle(uint control, uint eventType, void* eventData, void* context)
    {
        if (ServiceCourse.IsStop(control)) _limit ??= new Timer(static _ => GiveUp(), null, LongestStop, Timeout.InfiniteTimeSpan);
        return Course.Take(control);
    }

    private static void GiveUp()
    {
        try
        {
            _tooLate!();
        }
        finally
        {
            // A service that dies without this is started again.
            Course.End(1);
            _ = Kernel32.TerminateProcess(Kernel32.GetCurrentProcess(), 1);
        }
    }

    private static void Report(Advapi32.SERVICE_STATUS status) => _ = Advapi32.SetServiceStatus(_handle, &status);
}
