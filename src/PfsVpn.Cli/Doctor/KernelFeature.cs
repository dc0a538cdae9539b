namespace PfsVpn.Cli.Doctor;

/// <summary>What of a kernel makes a difference.</summary>
internal enum KernelFeature
{
    /// <summary>memfd_secret(2).</summary>
    SecretMemory,

    /// <summary>UDP_SEGMENT.</summary>
    UdpSegmentation,

    /// <summary>UDP_GRO.</summary>
    UdpReceiveOffload,

    /// <summary>TUN_F_USO4 and 6, of Linux 6.2.</summary>
    TunUdpSegmentation,

    /// <summary>nf_tables, and the program nft.</summary>
    Nftables,

    /// <summary>User namespaces for users without rights.</summary>
    UserNamespaces,
}
