using PfsVpn.Packets;

namespace PfsVpn.Cli.Windows.Network;

/// <summary>An address of this machine.</summary>
/// <param name="Interface">The LUID of the interface that has it.</param>
/// <param name="Address">The address.</param>
/// <param name="PrefixLength">Bits of the network that it makes reachable on the link.</param>
internal readonly record struct AddressRow(ulong Interface, IpAddress Address, int PrefixLength)
{
    /// <summary>ADDRESS/LENGTH.</summary>
    public override string ToString() => $"{Address}/{PrefixLength}";
}
