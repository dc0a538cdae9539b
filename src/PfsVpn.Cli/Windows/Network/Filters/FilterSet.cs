using System.Security.Cryptography;
using System.Text;

namespace PfsVpn.Cli.Windows.Network.Filters;

/// <summary>Filters that come and go together: a sublayer of the filtering platform, of one tunnel and for one purpose.</summary>
/// <param name="Purpose">What they are for.</param>
/// <param name="Interface">The tunnel.</param>
/// <param name="IsPersistent">Whether they stay in force when the machine starts anew, until somebody takes them away.</param>
/// <param name="Rules">The filters.</param>
internal sealed record FilterSet(FilterPurpose Purpose, string Interface, bool IsPersistent, IReadOnlyList<FilterRule> Rules)
{
    /// <summary>Who has made these filters: all of PfsVpn's have this provider.</summary>
    public static Guid Provider { get; } = new("ccfe32a7-0f56-41fb-91b4-b0cfd56da63b");

    /// <summary>The key of the sublayer.</summary>
    public Guid Key => KeyOf(Purpose, Interface);

    /// <summary>What it is called.</summary>
    public string Name => $"PfsVpn {Interface}: {DescriptionOf(Purpose)}";

    /// <summary>The key of a sublayer, the same for the same name ever after: so that it is found again without being remembered. Windows takes names for equal that differ in case.</summary>
    public static Guid KeyOf(FilterPurpose purpose, string name)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes($"PfsVpn sublayer {purpose} {name.ToLowerInvariant()}"))[..16];
        // A GUID of one's own making: RFC 9562 §5.8, with the bytes in network order.
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    private static string DescriptionOf(FilterPurpose purpose) => purpose switch
    {
        FilterPurpose.KillSwitch => "kill switch",
        FilterPurpose.NameServers => "no name servers beside the tunnel",
        _ => "the daemon's packets",
    };
}
