using PfsVpn.Interop.Windows;

namespace PfsVpn.Tun;

/// <summary>What Windows knows of an adapter beyond its packets: its name and its MTU for each family.</summary>
/// <remarks>Threading: any. Errors: null or a number of Windows, 0 for none; nothing throws.</remarks>
internal interface IAdapterSettings
{
    /// <summary>By which the system's notifications name the adapter.</summary>
    NET_LUID Luid { get; }

    /// <summary>The name that people see, which they can change; null where Windows knows no such adapter, or no more.</summary>
    string? ReadAlias();

    /// <summary>Bytes; null where the adapter has not got the family, or not yet.</summary>
    int? ReadMtu(AdapterFamily family);

    /// <summary>Sets it: ERROR_NOT_FOUND where the adapter has not got the family, or not yet; ERROR_NOT_SUPPORTED where this Windows cannot.</summary>
    uint SetMtu(AdapterFamily family, int mtu);
}
