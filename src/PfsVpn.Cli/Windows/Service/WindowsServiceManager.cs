using System.Runtime.InteropServices;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Cli.Windows.Service;

/// <summary>The service control manager of this machine.</summary>
/// <remarks>References: Microsoft's pages Service Configuration Programs and Service Security and Access Rights. Threading: one thread.</remarks>
internal sealed unsafe class WindowsServiceManager : IServiceManager
{
    private const int ERROR_ACCESS_DENIED = 5, ERROR_MORE_DATA = 234;

    /// <inheritdoc/>
    public ServiceState? Find(string tunnel)
    {
        using var service = TryOpen(tunnel, Advapi32.SERVICE_QUERY_STATUS);
        if (service is null) return null;
        Advapi32.SERVICE_STATUS_PROCESS status;
        uint needed;
        if (Advapi32.QueryServiceStatusEx(service.Handle, 0, (byte*)&status, (uint)sizeof(Advapi32.SERVICE_STATUS_PROCESS), &needed) == 0) throw Failure($"the service of {tunnel} cannot be asked");
        return StateOf(tunnel, status);
    }

    /// <inheritdoc/>
    public (bool IsAutomatic, string CommandLine)? Configuration(string tunnel)
    {
        const int Room = 8192; // the most that there can be
        using var service = TryOpen(tunnel, Advapi32.SERVICE_QUERY_CONFIG);
        if (service is null) return null;
        var buffer = (Advapi32.QUERY_SERVICE_CONFIGW*)NativeMemory.Alloc(Room);
        try
        {
            uint needed;
            if (Advapi32.QueryServiceConfigW(service.Handle, buffer, Room, &needed) == 0) throw Failure($"the service of {tunnel} cannot be asked");
            return (buffer->dwStartType == Advapi32.SERVICE_AUTO_START, new string(buffer->lpBinaryPathName));
        }
        finally
        {
            NativeMemory.Free(buffer);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<ServiceState> All()
    {
        using var manager = OpenManager(Advapi32.SC_MANAGER_CONNECT | Advapi32.SC_MANAGER_ENUMERATE_SERVICE);
        var found = new List<ServiceState>();
        uint resume = 0;
        const uint Room = 64 * 1024;
        var buffer = (byte*)NativeMemory.Alloc(Room);
        try
        {
            for (var more = true; more;)
            {
                uint needed, count;
                more = Advapi32.EnumServicesStatusExW(manager.Handle, 0, Advapi32.SERVICE_WIN32_OWN_PROCESS, Advapi32.SERVICE_STATE_ALL, buffer, Room, &needed, &count, &resume, null) == 0;
                if (more && Marshal.GetLastPInvokeError() != ERROR_MORE_DATA) throw Failure("the services cannot be listed");
                foreach (ref var entry in new Span<Advapi32.ENUM_SERVICE_STATUS_PROCESSW>(buffer, (int)count))
                {
                    var name = new string(entry.lpServiceName);
                    if (name.StartsWith(TunnelService.Prefix, StringComparison.OrdinalIgnoreCase)) found.Add(StateOf(name[TunnelService.Prefix.Length..], entry.ServiceStatusProcess));
                }
            }
        }
        finally
        {
            NativeMemory.Free(buffer);
        }
        return [.. found.OrderBy(static state => state.Tunnel, StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Install(TunnelService service)
    {
        const uint Access = Advapi32.SERVICE_CHANGE_CONFIG | Advapi32.SERVICE_START | Advapi32.SERVICE_QUERY_STATUS;
        using var manager = OpenManager(Advapi32.SC_MANAGER_CONNECT | Advapi32.SC_MANAGER_CREATE_SERVICE);
        var start = service.IsAutomatic ? Advapi32.SERVICE_AUTO_START : Advapi32.SERVICE_DEMAND_START;
        fixed (char* name = service.Name, display = service.DisplayName, command = service.CommandLine, dependencies = ServiceSettings.List(TunnelService.Dependencies))
        {
            using var present = TryOpen(service.Tunnel, Access);
            if (present is not null)
            {
                if (Advapi32.ChangeServiceConfigW(present.Handle, Advapi32.SERVICE_WIN32_OWN_PROCESS, start, Advapi32.SERVICE_ERROR_NORMAL, command, null, null, dependencies, null, null, display) == 0)
                    throw Failure($"the service of {service.Tunnel} cannot be changed");
                return ServiceSettings.Apply(present.Handle, service);
            }
            using var made = new ServiceHandle(Advapi32.CreateServiceW(
                manager.Handle, name, display, Access, Advapi32.SERVICE_WIN32_OWN_PROCESS, start, Advapi32.SERVICE_ERROR_NORMAL, command, null, null, dependencies, null, null));
            if (made.Handle == 0) throw Failure($"the service of {service.Tunnel} cannot be made");
            return ServiceSettings.Apply(made.Handle, service);
        }
    }

    /// <inheritdoc/>
    public void Start(string tunnel)
    {
        using var service = Open(tunnel, Advapi32.SERVICE_START);
        if (Advapi32.StartServiceW(service.Handle, 0, null) == 0 && Marshal.GetLastPInvokeError() != Advapi32.ERROR_SERVICE_ALREADY_RUNNING) throw Failure($"the service of {tunnel} cannot be started");
    }

    /// <inheritdoc/>
    public bool TryStop(string tunnel)
    {
        using var service = TryOpen(tunnel, Advapi32.SERVICE_STOP);
        Advapi32.SERVICE_STATUS status;
        if (service is null || Advapi32.ControlService(service.Handle, Advapi32.SERVICE_CONTROL_STOP, &status) != 0) return true;
        return Marshal.GetLastPInvokeError() switch
        {
            Advapi32.ERROR_SERVICE_NOT_ACTIVE => true,
            Advapi32.ERROR_INVALID_SERVICE_CONTROL or Advapi32.ERROR_SERVICE_CANNOT_ACCEPT_CTRL => false,
            _ => throw Failure($"the service of {tunnel} cannot be stopped"),
        };
    }

    /// <inheritdoc/>
    public void Delete(string tunnel)
    {
        using var service = TryOpen(tunnel, Advapi32.DELETE);
        if (service is null || Advapi32.DeleteService(service.Handle) != 0 || Marshal.GetLastPInvokeError() == Advapi32.ERROR_SERVICE_MARKED_FOR_DELETE) return;
        throw Failure($"the service of {tunnel} cannot be removed");
    }

    private static ServiceState StateOf(string tunnel, in Advapi32.SERVICE_STATUS_PROCESS status) => new(tunnel, status.dwCurrentState, status.dwWin32ExitCode, status.dwProcessId);

    private static ServiceHandle OpenManager(uint access)
    {
        var manager = new ServiceHandle(Advapi32.OpenSCManagerW(null, null, access));
        return manager.Handle != 0 ? manager : throw Failure("the service control manager cannot be asked");
    }

    private static ServiceHandle Open(string tunnel, uint access) => TryOpen(tunnel, access) ?? throw new CliException($"there is no service of {tunnel}");

    private static ServiceHandle? TryOpen(string tunnel, uint access)
    {
        using var manager = OpenManager(Advapi32.SC_MANAGER_CONNECT);
        fixed (char* name = TunnelService.NameOf(tunnel))
        {
            var service = Advapi32.OpenServiceW(manager.Handle, name, access);
            if (service != 0) return new ServiceHandle(service);
        }
        return Marshal.GetLastPInvokeError() == Advapi32.ERROR_SERVICE_DOES_NOT_EXIST ? null : throw Failure($"the service of {tunnel} cannot be opened");
    }

    private static CliException Failure(string what)
    {
        var error = Marshal.GetLastPInvokeError();
        var advice = error switch
        {
            ERROR_ACCESS_DENIED => "run this as administrator",
            Advapi32.ERROR_SERVICE_MARKED_FOR_DELETE => "it is being removed: close Services and what else shows it, and run this again",
            _ => Marshal.GetPInvokeErrorMessage(error).TrimEnd('.', ' ', '\r', '\n'),
        };
        return new CliException($"{what}: {advice}");
    }

    /// <summary>A handle of the manager or of a service.</summary>
    private sealed class ServiceHandle(nint handle) : IDisposable
    {
        public nint Handle { get; } = handle;

        public void Dispose()
        {
            if (Handle != 0) _ = Advapi32.CloseServiceHandle(Handle);
        }
    }
}
