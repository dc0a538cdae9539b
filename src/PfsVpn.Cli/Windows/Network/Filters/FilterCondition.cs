using System.Globalization;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Windows.Network.Filters;

/// <summary>A condition of a filter.</summary>
/// <param name="Field">What it looks at.</param>
/// <param name="Number">What a number must be: a LUID, a protocol, a port.</param>
/// <param name="Prefix">What an address must lie in.</param>
/// <param name="Path">The program's file.</param>
internal readonly record struct FilterCondition(FilterField Field, ulong Number = 0, IpPrefix Prefix = default, string? Path = null)
{
    public const byte Icmp6 = 58, Tcp = 6, Udp = 17;

    /// <summary>The packet stays on this machine.</summary>
    public static FilterCondition Loopback { get; } = new(FilterField.Loopback);

    /// <summary>The process is the system's or an administrator's.</summary>
    public static FilterCondition Administrator { get; } = new(FilterField.Administrator);

    public static FilterCondition Protocol(byte number) => new(FilterField.Protocol, number);

    public static FilterCondition LocalPort(ushort port) => new(FilterField.LocalPort, port);

    public static FilterCondition RemotePort(ushort port) => new(FilterField.RemotePort, port);

    public static FilterCondition Program(string path) => new(FilterField.Program, Path: path);

    /// <summary>The form of dry runs.</summary>
    public override string ToString() => Field switch
    {
        FilterField.Loopback => "loopback",
        FilterField.LocalInterface => string.Create(CultureInfo.InvariantCulture, $"interface {Number:x}"),
        FilterField.ForwardInterface => string.Create(CultureInfo.InvariantCulture, $"to interface {Number:x}"),
        FilterField.LocalAddress => $"from {Prefix}",
        FilterField.RemoteAddress or FilterField.Destination => $"to {Prefix}",
        FilterField.Protocol => Number switch { Udp => "udp", Tcp => "tcp", Icmp6 => "icmpv6", _ => string.Create(CultureInfo.InvariantCulture, $"protocol {Number}") },
        FilterField.LocalPort => string.Create(CultureInfo.InvariantCulture, $"local port {Number}"),
        FilterField.RemotePort => string.Create(CultureInfo.InvariantCulture, $"port {Number}"),
        FilterField.Program => $"program {Path}",
        _ => "administrators only",
    };
}
