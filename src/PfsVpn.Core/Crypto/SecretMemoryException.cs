using System.ComponentModel;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Crypto;

/// <summary>Memory for secrets could not be had; the message says which call failed and what to change.</summary>
internal sealed class SecretMemoryException : Exception
{
    private const int EPERM = 1, EAGAIN = 11, ENOMEM = 12, ENOSYS = 38;

    /// <summary>Makes the exception with a message for the user.</summary>
    public SecretMemoryException(string message) : base(message)
    {
    }

    internal static SecretMemoryException FromErrno(string call, int errno) => new(
        $"{call} failed: {new Win32Exception(errno).Message}." + errno switch
        {
            ENOMEM or EPERM or EAGAIN => " Raise the limit of locked memory (ulimit -l, or LimitMEMLOCK= in a systemd unit), or grant CAP_IPC_LOCK.",
            ENOSYS => " It needs Linux 5.14 or newer, and secretmem.enable=1 on the kernel's command line before 6.5.",
            _ => "",
        });

    internal static SecretMemoryException FromWindows(string call, int error) => new(
        $"{call} failed: {new Win32Exception(error).Message.TrimEnd('.')}." + error switch
        {
            Kernel32.ERROR_WORKING_SET_QUOTA or Kernel32.ERROR_NOT_ENOUGH_MEMORY =>
                " Free memory, or give the account of this program the right to increase a process working set (SeIncreaseWorkingSetPrivilege).",
            _ => "",
        });
}
