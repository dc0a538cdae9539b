namespace PfsVpn.Interop.Windows;

/// <summary>The IP helper: <c>iphlpapi.dll</c>.</summary>
internal static unsafe partial class IpHlpApi
{
    private const string Library = "iphlpapi.dll";

    /// <summary>What its functions return.</summary>
    public const uint NO_ERROR = 0, ERROR_FILE_NOT_FOUND = 2, ERROR_NOT_SUPPORTED = 50, ERROR_INVALID_PARAMETER = 87, ERROR_NOT_FOUND = 1168;
}
