using PfsVpn.Packets;

namespace PfsVpn.Cli.Input;

/// <summary>Looks up names, as getaddrinfo(3) does.</summary>
internal interface INameResolver
{
    /// <summary>Looks a host and port up. Returns 0 and the first address, or an error (EAI_*).</summary>
    int Resolve(string host, string port, out EndpointAddress endpoint);

    /// <summary>Looks a host and port up. Returns 0 and all addresses, the preferred one first, or an error (EAI_*).</summary>
    int ResolveAll(string host, string port, out IReadOnlyList<EndpointAddress> endpoints)
    {
        var error = Resolve(host, port, out var first);
        endpoints = error == 0 ? [first] : [];
        return error;
    }

    /// <summary>The UDP port of a service, or null where it is not known.</summary>
    ushort? ServicePort(string service);
}
