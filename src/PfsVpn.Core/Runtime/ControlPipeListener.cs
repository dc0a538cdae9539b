using System.ComponentModel;
using System.Runtime.InteropServices;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Runtime;

/// <summary>Makes the instances of one control pipe, all with one security descriptor.</summary>
/// <remarks>
/// References: Microsoft's pages CreateNamedPipeW and ConvertStringSecurityDescriptorToSecurityDescriptorW.
/// Sizes: a pipe has at most 254 instances, each with 16 KiB of the system's memory for what a client writes. For answers there is none: a write ends when the client has
/// read it, so that no answer lies about, and one that is not read is known.
/// Threading: one thread at a time. Ownership: owns the descriptor, not the instances.
/// </remarks>
internal sealed unsafe class ControlPipeListener : IDisposable
{
    private const uint InputBytes = 16 * 1024;

    private readonly CompletionPort _port;
    private readonly uint _maximumInstances;
    private nint _security;
    private nuint _last;

    /// <summary>Reads the security descriptor.</summary>
    /// <exception cref="ControlSocketException">It cannot be understood.</exception>
    public ControlPipeListener(CompletionPort port, string name, string security, int maximumInstances)
    {
        _port = port;
        Name = name;
        _maximumInstances = (uint)Math.Min(maximumInstances, (int)Kernel32.PIPE_UNLIMITED_INSTANCES - 1);
        nint descriptor;
        fixed (char* text = security)
        {
            if (Advapi32.ConvertStringSecurityDescriptorToSecurityDescriptorW(text, Advapi32.SDDL_REVISION_1, &descriptor, null) == 0)
                throw new ControlSocketException($"The security descriptor of the control pipe, {security}, is refused: {Message(Marshal.GetLastPInvokeError())}.");
        }
        _security = descriptor;
    }

    /// <summary>The pipe's name.</summary>
    public string Name { get; }

    /// <summary>Makes the pipe, which nobody else has, with its first instance.</summary>
    /// <exception cref="ControlSocketException">Somebody has it, or it cannot be made; the message says what to do.</exception>
    public ControlPipeInstance MakeFirst()
    {
        if (IsThere()) throw InUse();
        if (TryMake(Kernel32.FILE_FLAG_FIRST_PIPE_INSTANCE, out var error) is { } instance) return instance;
        if (error is Kernel32.ERROR_INVALID_OWNER or Kernel32.ERROR_PRIVILEGE_NOT_HELD)
        {
            // An administrator may give things to SYSTEM, but only with this privilege in force.
            using var privilege = PrivilegeScope.TryEnable(Advapi32.SE_RESTORE_NAME);
            if (privilege is not null && TryMake(Kernel32.FILE_FLAG_FIRST_PIPE_INSTANCE, out error) is { } owned) return owned;
        }
        throw error switch
        {
            Kernel32.ERROR_PIPE_BUSY => InUse(),
            Kernel32.ERROR_ACCESS_DENIED when IsThere() => InUse(),
            Kernel32.ERROR_ACCESS_DENIED or Kernel32.ERROR_INVALID_OWNER or Kernel32.ERROR_PRIVILEGE_NOT_HELD => new ControlSocketException(
                $"Cannot make the control pipe {Name}: {Message(error)}. It takes an administrator: run this elevated, or as a service."),
            _ => new ControlSocketException($"Cannot make the control pipe {Name}: {Message(error)}."),
        };
    }

    /// <summary>
    /// Connects to the pipe and leaves it at once, so that an instance that is alone is of use to nobody and yet holds the pipe's name. False where a client was quicker, or
    /// the system refuses: the instance is one like others then.
    /// </summary>
    public bool TryUseUp()
    {
        try
        {
            File.OpenHandle(Name, FileMode.Open, FileAccess.Read, FileShare.None).Dispose();
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Makes a further instance; null where the system refuses.</summary>
    /// <param name="why">Why.</param>
    public ControlPipeInstance? TryMakeNext(out string why)
    {
        var instance = TryMake(0, out var error);
        why = error == 0 ? "" : $"CreateNamedPipe: {Message(error)}.";
        return instance;
    }

    /// <summary>Frees the security descriptor.</summary>
    public void Dispose()
    {
        if (_security != 0) _ = Kernel32.LocalFree(_security);
        _security = 0;
    }

    private ControlPipeInstance? TryMake(uint flags, out int error)
    {
        nint pipe;
        var security = new Kernel32.SECURITY_ATTRIBUTES { nLength = (uint)sizeof(Kernel32.SECURITY_ATTRIBUTES), lpSecurityDescriptor = _security };
        fixed (char* name = Name)
        {
            pipe = Kernel32.CreateNamedPipeW(
                name, Kernel32.PIPE_ACCESS_DUPLEX | Kernel32.FILE_FLAG_OVERLAPPED | flags,
                Kernel32.PIPE_TYPE_BYTE | Kernel32.PIPE_READMODE_BYTE | Kernel32.PIPE_WAIT | Kernel32.PIPE_REJECT_REMOTE_CLIENTS,
                _maximumInstances, outBufferSize: 0, InputBytes, 0, &security);
        }
        error = pipe == Kernel32.INVALID_HANDLE_VALUE ? Marshal.GetLastPInvokeError() : 0;
        return error != 0 ? null : ControlPipeInstance.TryTake(pipe, _port, ++_last, out error);
    }

    /// <summary>Whether the pipe exists; nothing connects to it.</summary>
    private bool IsThere()
    {
        fixed (char* name = Name)
            return Kernel32.WaitNamedPipeW(name, 1) != 0 || Marshal.GetLastPInvokeError() == Kernel32.ERROR_SEM_TIMEOUT;
    }

    private ControlSocketException InUse() =>
        new($"{Name} is in use: a daemon already serves this interface. Stop it, or choose another interface name.");

    private static string Message(int error) => new Win32Exception(error).Message.TrimEnd('.');
}
