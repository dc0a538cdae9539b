using Microsoft.Win32;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Cli.Windows.Service;

/// <summary>Windows' event log: what wants attention, and when a tunnel comes and goes.</summary>
/// <remarks>
/// References: Microsoft's pages ReportEventW and Event Sources. The text of events is in the message file of EventCreate.exe, which every Windows has, and whose messages 1 to 1000 are nothing but the text that is handed over.
/// Errors: none; who cannot be told is not. Threading: any thread.
/// </remarks>
internal sealed unsafe class EventLogWriter(string tunnel) : IDisposable
{
    /// <summary>Who says it.</summary>
    public const string Source = "PfsVpn";

    private const string SourceKey = @"SYSTEM\CurrentControlSet\Services\EventLog\Application\" + Source;
    private const uint EventId = 1;
    private const int LongestText = 30_000;

    private readonly nint _log = Open();

    /// <summary>Makes the source known to the log.</summary>
    public static void Register()
    {
        if (!OperatingSystem.IsWindows()) return;
        try
        {
            using var key = Registry.LocalMachine.CreateSubKey(SourceKey);
            key.SetValue("EventMessageFile", @"%SystemRoot%\System32\EventCreate.exe", RegistryValueKind.ExpandString);
            key.SetValue("TypesSupported", Advapi32.EVENTLOG_ERROR_TYPE | Advapi32.EVENTLOG_WARNING_TYPE | Advapi32.EVENTLOG_INFORMATION_TYPE, RegistryValueKind.DWord);
        }
        catch (Exception refused) when (refused is UnauthorizedAccessException or IOException)
        {
            // Events are shown all the same, with a remark of the viewer before them.
        }
    }

    /// <summary>Forgets the source; what was said stays.</summary>
    public static void Unregister()
    {
        if (!OperatingSystem.IsWindows()) return;
        try
        {
            Registry.LocalMachine.DeleteSubKey(SourceKey, throwOnMissingSubKey: false);
        }
        catch (Exception refused) when (refused is UnauthorizedAccessException or IOException or InvalidOperationException)
        {
            // A key that is left changes nothing.
        }
    }

    /// <summary>Says something.</summary>
    /// <param name="type">EVENTLOG_*_TYPE.</param>
    /// <param name="text">What; nothing but text is in it.</param>
    public void Write(ushort type, string text)
    {
        if (_log == 0) return;
        var line = $"{tunnel}: {text}";
        fixed (char* start = line.Length <= LongestText ? line : line[..LongestText])
        {
            var strings = stackalloc char*[1];
            strings[0] = start;
            _ = Advapi32.ReportEventW(_log, type, 0, EventId, null, 1, 0, strings, null);
        }
    }

    /// <summary>Closes the log.</summary>
    public void Dispose()
    {
        if (_log != 0) _ = Advapi32.DeregisterEventSource(_log);
    }

    private static nint Open()
    {
        fixed (char* source = Source) return Advapi32.RegisterEventSourceW(null, source);
    }
}
