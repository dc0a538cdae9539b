namespace PfsVpn.Cli.Doctor.Checks;

/// <summary>What of the kernel makes tunnels safer, faster, or possible for everyone.</summary>
internal sealed class KernelCheck : IHostCheck<ILinuxProbe>
{
    private static readonly (KernelFeature Feature, string Missing, string Remedy)[] Features =
    [
        (KernelFeature.SecretMemory, "no memfd_secret: keys are in locked memory, which root can read", "start the kernel with secretmem.enable=1 (Linux 5.14 or later)"),
        (KernelFeature.UdpSegmentation, "no UDP_SEGMENT: each packet is sent on its own, which is slower", "use Linux 4.18 or later"),
        (KernelFeature.UdpReceiveOffload, "no UDP_GRO: each packet is received on its own, which is slower", "use Linux 5.0 or later"),
        (KernelFeature.TunUdpSegmentation, "no USO on TUN devices: UDP inside tunnels is slower", "use Linux 6.2 or later"),
        (KernelFeature.Nftables, "nftables cannot be used: tunnels that take all traffic, and pfsvpn new server --nat, need it", "install nftables; the kernel needs CONFIG_NF_TABLES"),
        (KernelFeature.UserNamespaces, "users may not make user namespaces: pfsvpn exec works for root only",
            "sysctl -w user.max_user_namespaces=10000; on Debian kernel.unprivileged_userns_clone=1, on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0"),
    ];

    /// <inheritdoc/>
    public string Name => "kernel";

    /// <inheritdoc/>
    public IEnumerable<Finding> Examine(ILinuxProbe probe)
    {
        var states = Features.Select(entry => (entry.Feature, entry.Missing, entry.Remedy, Has: probe.Has(entry.Feature))).ToList();
        foreach (var missing in states.Where(static entry => entry.Has == false)) yield return Finding.Warning(missing.Missing, missing.Remedy);
        var present = states.Where(static entry => entry.Has == true).Select(static entry => NameOf(entry.Feature)).ToList();
        if (present.Count > 0) yield return Finding.Ok($"Linux {probe.Text("/proc/sys/kernel/osrelease")?.Trim()} has {string.Join(", ", present)}");
        var unknown = states.Where(static entry => entry.Has is null).Select(static entry => NameOf(entry.Feature)).ToList();
        if (unknown.Count > 0) yield return Finding.Skipped($"not seen: {string.Join(", ", unknown)}");
    }

    private static string NameOf(KernelFeature feature) => feature switch
    {
        KernelFeature.SecretMemory => "memfd_secret",
        KernelFeature.UdpSegmentation => "UDP GSO",
        KernelFeature.UdpReceiveOffload => "UDP GRO",
        KernelFeature.TunUdpSegmentation => "USO on TUN",
        KernelFeature.Nftables => "nftables",
        _ => "user namespaces",
    };
}
