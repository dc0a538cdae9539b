using PfsVpn.Cli.Input;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Attend;

/// <summary>
/// The look-up of endpoints when a tunnel is taken up: each name once, all at the same time, for some seconds. A tunnel does not have to wait for name servers: what they do not say now is left to the attendant.
/// </summary>
internal static class FirstLookup
{
    /// <summary>With it, names are looked up as <c>wg</c> does it: again and again, and without success there is no tunnel.</summary>
    private const string RetriesVariable = "WG_ENDPOINT_RESOLUTION_RETRIES";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Fills in the endpoints of a file that are given by name.</summary>
    /// <exception cref="CliException">There is no such name, now and later.</exception>
    public static void Run(TunnelHost host, TunnelFile file) => Run(host, file, [.. file.WgConfig.UnresolvedEndpoints.Where(static endpoint => endpoint.Peer.Endpoint is null)]);

    /// <summary>Fills in some of them.</summary>
    /// <exception cref="CliException">There is no such name, now and later.</exception>
    public static void Run(TunnelHost host, TunnelFile file, IReadOnlyList<WgConfigEndpoint> endpoints)
    {
        if (endpoints.Count == 0) return;
        if (!host.DryRun && !string.IsNullOrEmpty(host.Context.Environment(RetriesVariable)))
        {
            var patient = new EndpointResolver(host.Context, host.Pause);
            foreach (var endpoint in endpoints) patient.Resolve(endpoint, PlaceOf(file, endpoint));
            return;
        }
        // A name that several peers have is asked for once.
        var resolver = host.Context.Resolver;
        var lookups = endpoints.DistinctBy(static endpoint => (endpoint.Host, endpoint.Port)).ToDictionary(
            static endpoint => (endpoint.Host, endpoint.Port),
            endpoint => Task.Run(() => (Error: resolver.Resolve(endpoint.Host, endpoint.Port, out var found), Found: found)));
        Task.WaitAll([.. lookups.Values], (int)Limit.TotalMilliseconds, host.Interruption);
        foreach (var endpoint in endpoints) Take(host, file, endpoint, lookups[(endpoint.Host, endpoint.Port)]);
    }

    private static void Take(TunnelHost host, TunnelFile file, WgConfigEndpoint endpoint, Task<(int Error, Packets.EndpointAddress Found)> lookup)
    {
        if (lookup.IsCompletedSuccessfully && lookup.Result.Error == 0)
        {
            endpoint.Peer.Endpoint = lookup.Result.Found;
            return;
        }
        var why = lookup.IsCompletedSuccessfully ? NativeResolver.Describe(lookup.Result.Error) : "no answer from the name servers so far";
        var text = $"{PlaceOf(file, endpoint)}: {why}: `{endpoint.Host}:{endpoint.Port}'";
        if (lookup.IsCompletedSuccessfully && EndpointResolver.IsFinal(lookup.Result.Error) && !host.DryRun && host.Context.Plans.CanLookUp(host.Context, host.Interface)) throw new CliException(text);
        host.Say($"Warning: {text}. The tunnel is taken up without this endpoint, and the attendant sets it when the name is found");
    }

    private static string PlaceOf(TunnelFile file, WgConfigEndpoint endpoint) => $"{file.Path}:{endpoint.Line}: Endpoint";
}
