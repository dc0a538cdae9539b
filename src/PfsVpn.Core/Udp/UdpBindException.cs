using System.ComponentModel;

namespace PfsVpn.Udp;

/// <summary>The UDP port could not be bound; carries the errno for the control interface.</summary>
internal sealed class UdpBindException(UdpBinding binding, int errno)
    : Exception($"{binding} cannot be bound: {new Win32Exception(errno).Message}.")
{
    /// <summary>The system's error number, positive.</summary>
    public int Errno { get; } = errno;
}
