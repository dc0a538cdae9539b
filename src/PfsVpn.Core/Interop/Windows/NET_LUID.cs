using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>The locally unique number of a network interface, the same until the machine restarts: <c>ifdef.h</c>. 8 bytes.</summary>
/// <param name="Value">All 64 bits: 24 reserved, 24 of <see cref="NetLuidIndex"/>, 16 of <see cref="IfType"/>, from the lowest.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct NET_LUID(ulong Value)
{
    /// <summary>Number among the interfaces of one type. Not the interface's index.</summary>
    public uint NetLuidIndex => (uint)(Value >> 24) & 0xFF_FFFF;

    /// <summary>IANA's ifType: 53 (propVirtual) for a Wintun adapter.</summary>
    public ushort IfType => (ushort)(Value >> 48);
}
