using Microsoft.Win32;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Daemon.Windows;

/// <summary>What the system says of itself and of this process. Tests say something else.</summary>
internal interface IWindowsHost
{
    /// <summary>A number in the registry below HKEY_LOCAL_MACHINE, or null.</summary>
    int? Number(string key, string name);

    /// <summary>The strings of a value there, or null.</summary>
    string[]? Strings(string key, string name);

    /// <summary>Whether a mitigation policy is in force.</summary>
    bool HasMitigation(int policy, uint bits);

    /// <summary>The privileges that the process holds, or null where they cannot be read.</summary>
    IReadOnlyList<string>? Privileges();

    /// <summary>Whether a debugger is attached to the process.</summary>
    bool IsDebugged();

    /// <summary>SEM_* of the process.</summary>
    uint ErrorMode();

    /// <summary>A variable of the environment.</summary>
    string? Variable(string name);
}

/// <summary>The system that this process runs on.</summary>
/// <remarks>References: Microsoft's pages GetErrorMode and CheckRemoteDebuggerPresent. Errors: none; what cannot be read is null.</remarks>
internal sealed unsafe class WindowsHost : IWindowsHost
{
    /// <inheritdoc/>
    public int? Number(string key, string name) => Value(key, name) is int number ? number : null;

    /// <inheritdoc/>
    public string[]? Strings(string key, string name) => Value(key, name) as string[];

    /// <inheritdoc/>
    public bool HasMitigation(int policy, uint bits) => ProcessMitigations.Holds(policy, bits);

    /// <inheritdoc/>
    public IReadOnlyList<string>? Privileges() => TokenPrivileges.Names();

    /// <inheritdoc/>
    public bool IsDebugged()
    {
        int present;
        return Kernel32.CheckRemoteDebuggerPresent(Kernel32.GetCurrentProcess(), &present) != 0 && present != 0;
    }

    /// <inheritdoc/>
    public uint ErrorMode() => Kernel32.GetErrorMode();

    /// <inheritdoc/>
    public string? Variable(string name) => Environment.GetEnvironmentVariable(name);

    private static object? Value(string key, string name)
    {
        try
        {
            return OperatingSystem.IsWindows() ? Registry.GetValue(@"HKEY_LOCAL_MACHINE\" + key, name, null) : null;
        }
        catch (Exception unreadable) when (unreadable is System.Security.SecurityException or UnauthorizedAccessException or IOException)
        {
            return null;
        }
    }
}
