using System.Globalization;
using PfsVpn.Configuration;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Input;

/// <summary>Looks endpoints up that are given by name, trying again as often as <c>WG_ENDPOINT_RESOLUTION_RETRIES</c> says.</summary>
internal sealed class EndpointResolver
{
    private const string RetriesVariable = "WG_ENDPOINT_RESOLUTION_RETRIES";
    private const int DefaultRetries = 15;
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1), LongestWait = TimeSpan.FromSeconds(20);

    private readonly CliContext _context;
    private readonly Action<TimeSpan> _sleep;
    private readonly int _retries;

    /// <summary>Reads the environment.</summary>
    /// <param name="context">The run.</param>
    /// <param name="sleep">Waits between tries; where it is not given, as the context does.</param>
    /// <exception cref="CliException">The variable is not a number.</exception>
    public EndpointResolver(CliContext context, Action<TimeSpan>? sleep = null)
    {
        _context = context;
        _sleep = sleep ?? context.Sleep;
        _retries = Retries(context.Environment(RetriesVariable));
    }

    /// <summary>Fills in the endpoint of a peer.</summary>
    /// <param name="endpoint">What to look up.</param>
    /// <param name="place">Where it was given, for messages.</param>
    /// <exception cref="CliException">There is no such host, or the resolver does not answer.</exception>
    public void Resolve(WgConfigEndpoint endpoint, string place)
    {
        endpoint.Peer.Endpoint = Resolve(endpoint.Host, endpoint.Port, place);
    }

    private EndpointAddress Resolve(string host, string port, string place)
    {
        var wait = FirstWait;
        for (var left = _retries; ; left--)
        {
            var error = _context.Resolver.Resolve(host, port, out var found);
            if (error == 0) return found;
            var complaint = $"{place}: {NativeResolver.Describe(error)}: `{host}:{port}'";
            if (IsFinal(error) || left == 0) throw new CliException(complaint);
            _context.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{complaint}. Trying again in {wait.TotalSeconds:F2} seconds..."));
            _sleep(wait);
            wait = wait * 6 / 5 < LongestWait ? wait * 6 / 5 : LongestWait;
        }
    }

    /// <summary>Whether trying again is no use. Spec deviation: <c>wg</c> tries again where the name of a service is unknown, too.</summary>
    public static bool IsFinal(int error) => error is NativeResolver.EAI_NONAME or NativeResolver.EAI_FAIL or NativeResolver.EAI_NODATA
        or NativeResolver.EAI_SERVICE or NativeResolver.EAI_ADDRFAMILY;

    /// <summary>The number of retries, or -1 for no end of them.</summary>
    private static int Retries(string? variable) => variable switch
    {
        null => DefaultRetries,
        "infinity" => -1,
        _ when int.TryParse(variable, NumberStyles.None, CultureInfo.InvariantCulture, out var retries) => retries,
        _ => throw new CliException($"{RetriesVariable}: neither a number nor infinity: `{variable}'"),
    };
}
