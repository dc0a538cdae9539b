using PfsVpn.Interop.Windows;

namespace PfsVpn.Cli.Windows.Service;

/// <summary>The course of a service, from its start to its end, as the service control manager is told of it, and what the manager asks for meanwhile.</summary>
/// <remarks>References: Microsoft's pages SERVICE_STATUS, SERVICE_FAILURE_ACTIONS_FLAG. Threading: any thread.</remarks>
/// <param name="report">Takes what the manager is to be told, under a lock.</param>
internal sealed class ServiceCourse(Action<Advapi32.SERVICE_STATUS> report)
{
    private const uint NoError = 0, ERROR_CALL_NOT_IMPLEMENTED = 120;
    private const uint WaitHintMilliseconds = 10_000;

    private readonly Lock _gate = new();
    private Action? _stop, _reload;
    private Advapi32.SERVICE_STATUS _status;
    private bool _isAskedToStop;

    /// <summary>What the work ended with.</summary>
    public int ExitCode { get; private set; }

    /// <summary>Whether a control asks for the end.</summary>
    public static bool IsStop(uint control) => control is Advapi32.SERVICE_CONTROL_STOP or Advapi32.SERVICE_CONTROL_PRESHUTDOWN;

    /// <summary>Who is to be told of requests from now on. One to stop that came before is told at once.</summary>
    public void Listen(Action stop, Action reload)
    {
        bool isAsked;
        lock (_gate) (_stop, _reload, isAsked) = (stop, reload, _isAskedToStop);
        if (isAsked) stop();
    }

    /// <summary>Takes a request of the manager. Returns NO_ERROR or an error.</summary>
    public uint Take(uint control)
    {
        if (control == Advapi32.SERVICE_CONTROL_INTERROGATE) return NoError;
        if (control == Advapi32.SERVICE_CONTROL_PARAMCHANGE)
        {
            _reload?.Invoke();
            return NoError;
        }
        if (!IsStop(control)) return ERROR_CALL_NOT_IMPLEMENTED;
        Action? stop;
        lock (_gate)
        {
            stop = _isAskedToStop ? null : _stop;
            _isAskedToStop = true;
            Change(Advapi32.SERVICE_STOP_PENDING, 0);
        }
        stop?.Invoke();
        return NoError;
    }

    /// <summary>A new state, but for the last. What stops does not run again.</summary>
    public void Set(uint state)
    {
        lock (_gate)
        {
            if (state != Advapi32.SERVICE_RUNNING || _status.dwCurrentState != Advapi32.SERVICE_STOP_PENDING) Change(state, 0);
        }
    }

    /// <summary>It is on its way still.</summary>
    public void GoOn()
    {
        lock (_gate)
        {
            if (_status.dwCurrentState is Advapi32.SERVICE_START_PENDING or Advapi32.SERVICE_STOP_PENDING) Change(_status.dwCurrentState, 0);
        }
    }

    /// <summary>The end, once. A service that was asked to stop has stopped, however well: with an error the manager would start it again.</summary>
    public void End(int exitCode)
    {
        lock (_gate)
        {
            ExitCode = exitCode;
            Change(Advapi32.SERVICE_STOPPED, _isAskedToStop ? 0 : exitCode);
        }
    }

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

    private void Change(uint state, int exitCode)
    {
        if (_status.dwCurrentState == Advapi32.SERVICE_STOPPED) return;
        _status = StatusOf(state, _status.dwCurrentState == state ? _status.dwCheckPoint + 1 : 1, exitCode);
        report(_status);
    }
}
