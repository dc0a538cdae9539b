using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Has a privilege of this process, which an administrator holds but does not use, in force for a while.</summary>
/// <remarks>References: Microsoft's page AdjustTokenPrivileges. Threading: the whole process has it until <see cref="Dispose"/>.</remarks>
internal sealed unsafe class PrivilegeScope : IDisposable
{
    private readonly nint _token;
    private Advapi32.TOKEN_PRIVILEGES _before;

    private PrivilegeScope(nint token, Advapi32.TOKEN_PRIVILEGES before) => (_token, _before) = (token, before);

    /// <summary>Null where this process does not hold it.</summary>
    public static PrivilegeScope? TryEnable(string name)
    {
        Advapi32.TOKEN_PRIVILEGES before, wanted = new() { PrivilegeCount = 1, Privilege = { Attributes = Advapi32.SE_PRIVILEGE_ENABLED } };
        fixed (char* text = name)
            if (Advapi32.LookupPrivilegeValueW(null, text, &wanted.Privilege.Luid) == 0) return null;
        var token = TokenPrivileges.Open(Advapi32.TOKEN_QUERY | Advapi32.TOKEN_ADJUST_PRIVILEGES);
        if (token == 0) return null;
        uint length;
        if (Advapi32.AdjustTokenPrivileges(token, 0, &wanted, (uint)sizeof(Advapi32.TOKEN_PRIVILEGES), &before, &length) != 0 && Marshal.GetLastPInvokeError() == 0)
            return new PrivilegeScope(token, before);
        _ = Kernel32.CloseHandle(token);
        return null;
    }

    /// <summary>As it was before.</summary>
    public void Dispose()
    {
        // It has no entry where the privilege was in force already.
        if (_before.PrivilegeCount != 0)
            fixed (Advapi32.TOKEN_PRIVILEGES* before = &_before) _ = Advapi32.AdjustTokenPrivileges(_token, 0, before, 0, null, null);
        _ = Kernel32.CloseHandle(_token);
    }
}
