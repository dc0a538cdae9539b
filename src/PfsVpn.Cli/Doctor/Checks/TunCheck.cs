namespace PfsVpn.Cli.Doctor.Checks;

/// <summary>The device that tunnels are made of.</summary>
internal sealed class TunCheck : IHostCheck<ILinuxProbe>
{
    private const string Device = "/dev/net/tun";
    private const int S_IFMT = 0xF000, S_IFCHR = 0x2000, EPERM = 1;

    /// <inheritdoc/>
    public string Name => "tun";

    /// <inheritdoc/>
    public IEnumerable<Finding> Examine(ILinuxProbe probe)
    {
        var mode = probe.Mode(Device);
        if (mode < 0) yield return Finding.Problem($"{Device} is not there", "load the module: modprobe tun; in a container, pass the device in: docker run --device /dev/net/tun");
        else if ((mode & S_IFMT) != S_IFCHR) yield return Finding.Problem($"{Device} is not a device", $"make it anew: rm {Device}; mknod {Device} c 10 200; chmod 666 {Device}");
        else
        {
            yield return probe.TryOpen(Device) switch
            {
                0 => Finding.Ok($"{Device} can be opened"),
                EPERM => Finding.Problem($"{Device} may not be opened: the container's rules for devices forbid it", "allow the device: docker run --device /dev/net/tun"),
                NativeFile.EACCES => Finding.Warning($"{Device} may not be opened by this user", $"chmod 666 {Device}, as distributions have it; making a tunnel still needs CAP_NET_ADMIN"),
                NativeFile.ENODEV or 6 => Finding.Problem($"{Device} is there, and the kernel has no such device", "load the module: modprobe tun"),
                var errno => Finding.Problem($"{Device} cannot be opened: {NativeFile.Describe(errno)}", "load the module: modprobe tun"),
            };
        }
    }
}
