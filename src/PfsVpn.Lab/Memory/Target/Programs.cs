using System.ComponentModel;
using System.Diagnostics;

namespace PfsVpn.Lab.Memory.Target;

/// <summary>Starts programs.</summary>
internal static class Programs
{
    /// <summary>Starts a program with its streams as pipes.</summary>
    /// <exception cref="LabException">There is no such program.</exception>
    public static Process Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal)) start.Environment[name] = value;
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception failure)
        {
            throw new LabException($"{program} cannot be started: {failure.Message}", failure);
        }
    }
}
