namespace PfsVpn.Tun;

/// <summary>A family of addresses.</summary>
internal enum AdapterFamily
{
    /// <summary>IPv4.</summary>
    V4,

    /// <summary>IPv6.</summary>
    V6,
}
