namespace PfsVpn.Configuration;

/// <summary>The error numbers of the control interface, positive, as Linux counts them.</summary>
/// <remarks>
/// References: errno(3); wireguard-go's ipc package has the same meanings. In an answer the sign differs, see <see cref="UapiGetWriter.WriteErrno"/>.
/// </remarks>
internal static class UapiErrno
{
    /// <summary>Done.</summary>
    public const int None = 0;

    /// <summary>EIO: the device failed.</summary>
    public const int InputOutput = 5;

    /// <summary>E2BIG: a set larger than the server takes.</summary>
    public const int TooBig = 7;

    /// <summary>ENOMEM: no more memory can be locked.</summary>
    public const int NoMemory = 12;

    /// <summary>EINVAL: a key that is unknown or not allowed here, or a value that is malformed or out of range.</summary>
    public const int Invalid = 22;

    /// <summary>EPROTO: a line that is not <c>key=value</c>, an unknown operation, a request that is cut off.</summary>
    public const int Protocol = 71;

    /// <summary>EADDRINUSE: the UDP port is taken.</summary>
    public const int AddressInUse = 98;

    /// <summary>The symbol of the header, for logs.</summary>
    public static string NameOf(int errno) => errno switch
    {
        InputOutput => "EIO",
        TooBig => "E2BIG",
        NoMemory => "ENOMEM",
        Invalid => "EINVAL",
        Protocol => "EPROTO",
        AddressInUse => "EADDRINUSE",
        _ => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"errno {errno}"),
    };
}
