using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Notifications of changed interfaces, routes and addresses: <c>netioapi.h</c>.</summary>
/// <remarks>
/// References: Microsoft's pages NotifyIpInterfaceChange, NotifyRouteChange2, NotifyUnicastIpAddressChange, CancelMibChangeNotify2.
/// Errors: each function returns 0 or the error; none sets the last error.
/// Threading: callbacks come on threads of the system, several at once. The row is valid during the callback only, is null with MibInitialNotification, and has no more in it
/// than its key (family, LUID, index; prefix and next hop; address). CancelMibChangeNotify2 waits for running callbacks, so it must not be called in one.
/// </remarks>
internal static unsafe partial class IpHlpApi
{
    /// <param name="family">AF_INET, AF_INET6, or AF_UNSPEC for both.</param>
    /// <param name="callback">Context, row, MIB_NOTIFICATION_TYPE.</param>
    /// <param name="context">Handed to each call.</param>
    /// <param name="initialNotification">Not 0: one call at once, to see that it works.</param>
    /// <param name="notificationHandle">For <see cref="CancelMibChangeNotify2"/>.</param>
    [LibraryImport(Library)]
    public static partial uint NotifyIpInterfaceChange(
        ushort family, delegate* unmanaged<void*, MIB_IPINTERFACE_ROW*, int, void> callback, void* context, byte initialNotification, nint* notificationHandle);

    /// <inheritdoc cref="NotifyIpInterfaceChange"/>
    [LibraryImport(Library)]
    public static partial uint NotifyRouteChange2(
        ushort family, delegate* unmanaged<void*, MIB_IPFORWARD_ROW2*, int, void> callback, void* context, byte initialNotification, nint* notificationHandle);

    /// <inheritdoc cref="NotifyIpInterfaceChange"/>
    [LibraryImport(Library)]
    public static partial uint NotifyUnicastIpAddressChange(
        ushort family, delegate* unmanaged<void*, MIB_UNICASTIPADDRESS_ROW*, int, void> callback, void* context, byte initialNotification, nint* notificationHandle);

    /// <summary>Ends a notification; returns once no callback of it runs any more.</summary>
    [LibraryImport(Library)]
    public static partial uint CancelMibChangeNotify2(nint notificationHandle);
}
