using PfsVpn.Packets;

namespace PfsVpn.Cli.Control;

/// <summary>An allowed IP just as the daemon wrote it, bits behind the prefix included.</summary>
internal readonly record struct RunningPrefix(IpAddress Address, byte Length)
{
    public override string ToString() => $"{NativeResolver.Format(Address)}/{Length}";
}
