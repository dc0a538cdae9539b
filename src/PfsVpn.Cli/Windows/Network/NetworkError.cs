using System.ComponentModel;
using System.Globalization;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Cli.Windows.Network;

/// <summary>Errors of the IP helper.</summary>
internal static class NetworkError
{
    /// <summary>No function of this name: this Windows is too old.</summary>
    public const uint ProcNotFound = 127;

    /// <summary>Throws where there is an error.</summary>
    /// <param name="error">What Windows returned.</param>
    /// <param name="what">What was to be done, as an infinitive.</param>
    public static void Check(uint error, string what)
    {
        if (error == 0) return;
        var reason = error switch
        {
            IpHlpApi.ERROR_ACCESS_DENIED => "only administrators may",
            ProcNotFound => "this Windows has no function for it",
            _ => new Win32Exception((int)error).Message.TrimEnd('.'),
        };
        throw new CliException(string.Create(CultureInfo.InvariantCulture, $"cannot {what}: {reason} (Windows error {error})"));
    }

    /// <summary>Throws where there is an error, but for one that says that it is so already.</summary>
    public static void Check(uint error, string what, uint harmless)
    {
        if (error != harmless) Check(error, what);
    }
}
