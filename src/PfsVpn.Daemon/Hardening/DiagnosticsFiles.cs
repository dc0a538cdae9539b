using System.Globalization;

namespace PfsVpn.Daemon.Hardening;

/// <summary>
/// The runtime of the first stage opens diagnostics ports in the folder for temporary files, and removes them when it ends in order. Where
/// the process executes the second stage in place there is no such end, so they are removed by hand.
/// </summary>
internal static class DiagnosticsFiles
{
    /// <summary>Removes those of this process; there may be none.</summary>
    public static void RemoveOwn()
    {
        var process = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        foreach (var pattern in (ReadOnlySpan<string>)[$"dotnet-diagnostic-{process}-*", $"clr-debug-pipe-{process}-*"])
        {
            try
            {
                foreach (var file in Directory.EnumerateFiles(Path.GetTempPath(), pattern)) File.Delete(file);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Left behind at worst: a socket that nobody listens on.
            }
        }
    }
}
