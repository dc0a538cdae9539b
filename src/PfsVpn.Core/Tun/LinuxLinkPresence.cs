namespace PfsVpn.Tun;

/// <summary>How sure it is where an interface is.</summary>
internal enum LinuxLinkPresence
{
    /// <summary>The kernel says so.</summary>
    Known,

    /// <summary>The kernel does not say; the place given is our own namespace, and may be wrong.</summary>
    Assumed,

    /// <summary>In another namespace that netlink cannot be asked about.</summary>
    Unreachable,

    /// <summary>It exists no more.</summary>
    Gone,
}
