using PfsVpn.Interop.Windows;

namespace PfsVpn.Tun;

/// <summary>That something changed; what it is now is to be asked for.</summary>
/// <param name="Luid">The interface that it belongs to.</param>
/// <param name="IsInterface">An interface as one family has it, its name or MTU among it; else a route or an address.</param>
/// <param name="IsDeletion">It is gone.</param>
internal readonly record struct IpChange(NET_LUID Luid, bool IsInterface, bool IsDeletion);
