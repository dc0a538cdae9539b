namespace PfsVpn.Cli.Windows.Network.Filters;

/// <summary>What a condition looks at.</summary>
internal enum FilterField
{
    /// <summary>Whether the packet stays on this machine.</summary>
    Loopback,

    /// <summary>The interface of the local address; of a packet that is forwarded, the one that it came by.</summary>
    LocalInterface,

    /// <summary>The interface that a packet is forwarded to.</summary>
    ForwardInterface,

    /// <summary>The address of this machine.</summary>
    LocalAddress,

    /// <summary>The address of the other one.</summary>
    RemoteAddress,

    /// <summary>Where a packet goes that is forwarded.</summary>
    Destination,

    /// <summary>The number of the protocol.</summary>
    Protocol,

    /// <summary>The port of this machine; of ICMP the type.</summary>
    LocalPort,

    /// <summary>The port of the other one; of ICMP the code.</summary>
    RemotePort,

    /// <summary>The program's file.</summary>
    Program,

    /// <summary>Whether the process is the system's, or an administrator's with all rights.</summary>
    Administrator,
}
