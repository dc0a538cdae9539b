using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>The resolver: <c>dnsapi.dll</c>.</summary>
internal static partial class DnsApi
{
    /// <summary>Forgets all answers that the resolver keeps. BOOL: 0 where it did not.</summary>
    [LibraryImport("dnsapi.dll")]
    public static partial int DnsFlushResolverCache();
}
