using PfsVpn.Interop.Windows;
using PfsVpn.Tun;

namespace PfsVpn.Tests.Tun.Windows;

/// <summary>An adapter as Windows would describe it.</summary>
internal sealed class FakeAdapterSettings : IAdapterSettings
{
    private readonly Lock _gate = new();
    private readonly int?[] _mtu = new int?[2];
    private string? _alias = "wg0";

    public NET_LUID Luid { get; } = new(0x0035_0000_0700_0000);

    /// <summary>What is returned where the family is not there.</summary>
    public uint MissingError { get; set; } = IpHlpApi.ERROR_NOT_FOUND;

    /// <summary>Each MTU that was set, as "V4 1420".</summary>
    public List<string> Sets { get; } = [];

    public string? Alias
    {
        get
        {
            lock (_gate) return _alias;
        }

        set
        {
            lock (_gate) _alias = value;
        }
    }

    public int? this[AdapterFamily family]
    {
        get
        {
            lock (_gate) return _mtu[(int)family];
        }

        set
        {
            lock (_gate) _mtu[(int)family] = value;
        }
    }

    public string? ReadAlias() => Alias;

    public int? ReadMtu(AdapterFamily family) => this[family];

    public uint SetMtu(AdapterFamily family, int mtu)
    {
        lock (_gate)
        {
            if (_mtu[(int)family] is null) return MissingError;
            Sets.Add($"{family} {mtu}");
            _mtu[(int)family] = mtu;
            return 0;
        }
    }
}
