using System.Runtime.InteropServices;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Tun;

/// <summary>The IP helper's notifications.</summary>
/// <remarks>Threading: as <see cref="IIpChanges"/> says. Dispose is not to be called from what is called.</remarks>
internal sealed unsafe class WindowsIpChanges : IIpChanges
{
    private readonly List<nint> _registrations = [];
    private GCHandle _self;
    private Action<IpChange>? _heard;

    /// <inheritdoc/>
    public void Start(Action<IpChange> heard)
    {
        if (_heard is not null) throw new InvalidOperationException("The notifications run already.");
        _heard = heard;
        _self = GCHandle.Alloc(this);
        var context = (void*)GCHandle.ToIntPtr(_self);
        nint registration = 0;
        Keep("NotifyIpInterfaceChange", IpHlpApi.NotifyIpInterfaceChange(IpHlpApi.AF_UNSPEC, &OnInterface, context, 0, &registration), registration);
        registration = 0;
        Keep("NotifyRouteChange2", IpHlpApi.NotifyRouteChange2(IpHlpApi.AF_UNSPEC, &OnRoute, context, 0, &registration), registration);
        registration = 0;
        Keep("NotifyUnicastIpAddressChange", IpHlpApi.NotifyUnicastIpAddressChange(IpHlpApi.AF_UNSPEC, &OnAddress, context, 0, &registration), registration);
    }

    /// <summary>Ends the notifications and waits for those that run.</summary>
    public void Dispose()
    {
        foreach (var registration in _registrations) _ = IpHlpApi.CancelMibChangeNotify2(registration);
        _registrations.Clear();
        if (_self.IsAllocated) _self.Free();
    }

    private void Keep(string function, uint error, nint registration)
    {
        if (error != IpHlpApi.NO_ERROR) throw new IOException($"{function} failed with error {error}.");
        // Wine registers nothing, and says so by 0.
        if (registration != 0) _registrations.Add(registration);
    }

    [UnmanagedCallersOnly]
    private static void OnInterface(void* context, IpHlpApi.MIB_IPINTERFACE_ROW* row, int type) => Hear(context, row == null ? default : row->InterfaceLuid, isInterface: true, type);

    [UnmanagedCallersOnly]
    private static void OnRoute(void* context, IpHlpApi.MIB_IPFORWARD_ROW2* row, int type) => Hear(context, row == null ? default : row->InterfaceLuid, isInterface: false, type);

    [UnmanagedCallersOnly]
    private static void OnAddress(void* context, IpHlpApi.MIB_UNICASTIPADDRESS_ROW* row, int type) => Hear(context, row == null ? default : row->InterfaceLuid, isInterface: false, type);

    private static void Hear(void* context, NET_LUID luid, bool isInterface, int type)
    {
        if (type != IpHlpApi.MibInitialNotification && GCHandle.FromIntPtr((nint)context).Target is WindowsIpChanges changes)
            changes._heard?.Invoke(new IpChange(luid, isInterface, type == IpHlpApi.MibDeleteInstance));
    }
}
