using PfsVpn.Cli.Paths;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Attend;

/// <summary>How large packets may be that reach an endpoint over IPv6.</summary>
/// <param name="Endpoint">The endpoint's address.</param>
/// <param name="Inside">Addresses inside the tunnel at which the peer is likely to answer.</param>
/// <param name="Most">The largest packet in bytes that the kernel would send there in one piece.</param>
/// <param name="LinkMtu">The interface's MTU in bytes.</param>
/// <param name="Mark">The mark of packets that go past the tunnel, 0 for none.</param>
internal sealed record PathQuestion(IpAddress Endpoint, IReadOnlyList<IpAddress> Inside, int Most, int LinkMtu, uint Mark)
{
    private const int MostInside = 2;

    /// <summary>Messages are padded to a multiple of this, as far as the MTU allows.</summary>
    private const int Padding = 16;

    /// <summary>Measures it: through the tunnel first, which is what counts, then beside it. Takes seconds. Null where nobody answers.</summary>
    public int? Measure()
    {
        var inside = Through();
        if (inside + PathSize.OverIpv6 >= Most) return Most;
        var outside = PathSize.Largest(Endpoint.IsV4, Most, sizes => EchoSender.TrySend(Endpoint, sizes, Mark));
        // All that the interface takes passes: whether more would, only the endpoint can tell. Less passes: it can tell what the padding hides.
        if (inside is not { } passes || passes == LinkMtu) return outside;
        return outside - PathSize.OverIpv6 - passes is >= 0 and < Padding ? outside : passes + PathSize.OverIpv6;
    }

    /// <summary>The largest packet in the tunnel that is answered; null for none.</summary>
    private int? Through()
    {
        foreach (var inside in Inside.Take(MostInside))
            if (PathSize.Largest(inside.IsV4, LinkMtu, sizes => EchoSender.TrySend(inside, sizes, mark: 0)) is { } largest) return largest;
        return null;
    }
}
