using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using PfsVpn.Runtime;

namespace PfsVpn.Daemon.Logging;

/// <summary>What the daemon itself says; the device has messages of its own.</summary>
/// <remarks>
/// Written by hand, unlike the device's: each of these lines is said once, most of them before the daemon is ready, and what the generator makes of them (a delegate and
/// a structure for each combination of arguments, formats that are parsed, instantiations that are left to the JIT) would be a twentieth of the time to ready.
/// </remarks>
internal static class DaemonLog
{
    private const int FirstId = 200;

    public static void Started(ILogger logger, string version, int process)
    {
        if (logger.IsEnabled(LogLevel.Information)) Say(logger, LogLevel.Information, 1, $"pfsvpnd {version} started, process {process}");
    }

    /// <summary>One line for what holds, and one for each protection that does not, with what to do about it.</summary>
    public static void Protections(ILogger logger, IReadOnlyList<Protection> protections)
    {
        var held = protections.Where(static protection => protection.Holds).Select(static protection => protection.Name);
        Say(logger, LogLevel.Information, 2, "protections: " + string.Join(", ", held));
        foreach (var missing in protections.Where(static protection => !protection.Holds))
            Say(logger, LogLevel.Warning, 3, $"missing protection: {missing.Name}: {missing.Detail}; {(missing.Remedy is { } remedy ? "what helps: " + remedy : "nothing helps here")}");
    }

    public static void SecretMemory(ILogger logger, string description) => Say(logger, LogLevel.Information, 4, description);

    public static void Ready(ILogger logger, long milliseconds, string path)
    {
        if (logger.IsEnabled(LogLevel.Information)) Say(logger, LogLevel.Information, 5, $"ready in {milliseconds} ms, control socket {path}");
    }

    public static void Ending(ILogger logger, string reason) => Say(logger, LogLevel.Information, 6, "ending: " + reason);

    public static void SignalIgnored(ILogger logger, string signal) => Say(logger, LogLevel.Debug, 7, signal + " ignored");

    public static void Crashed(ILogger logger, Exception exception) => Say(logger, LogLevel.Critical, 8, "fatal error, all keys are erased", exception);

    public static void Ended(ILogger logger) => Say(logger, LogLevel.Information, 9, "ended");

    public static void Sleeping(ILogger logger) => Say(logger, LogLevel.Information, 10, "the machine is going to sleep: all session keys are erased");

    public static void Awake(ILogger logger) => Say(logger, LogLevel.Information, 11, "the machine is awake");

    public static void Cloned(ILogger logger) => Say(logger, LogLevel.Warning, 12, "this virtual machine was cloned or restored: all session keys are erased");

    /// <summary>Event ids are above those of the device and of its control socket; the name is the message's.</summary>
    private static void Say(ILogger logger, LogLevel level, int id, string text, Exception? exception = null, [CallerMemberName] string name = "") =>
        logger.Log(level, new EventId(FirstId + id, name), text, exception, static (text, _) => text);
}
