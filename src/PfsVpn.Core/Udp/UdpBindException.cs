using System.ComponentModel;

namespace PfsVpn.Udp;

/// <summary>The UDP port could not be bound; carries the errno for the control interface.</summary>
internal sealed class UdpBindException(UdpBinding binding, int errno, string reason) : Exception($"{binding} cannot be bound: {reason}.")
{
    /// <summary>The reason is the system's own for its error number.</summary>
    public UdpBindException(UdpBinding binding, int errno)
        : this(binding, errno, new Win32Exception(errno).Message)
    {
    }

    /// <summary>The error number as Linux counts them, positive.</summary>
    public int Errno { get; } = errno;
}
