using PfsVpn.Cli.Input;
using PfsVpn.Packets;

namespace PfsVpn.Tests.Cli.Tunnel;

/// <summary>The system's resolver, but for names that a test answers.</summary>
internal sealed class FakeNames : INameResolver
{
    /// <summary>The error for every name; null to ask the system.</summary>
    public int? Error { get; set; }

    public int Resolve(string host, string port, out EndpointAddress endpoint)
    {
        if (Error is not { } error) return SystemNameResolver.Instance.Resolve(host, port, out endpoint);
        endpoint = default;
        return error;
    }

    public int ResolveAll(string host, string port, out IReadOnlyList<EndpointAddress> endpoints)
    {
        if (Error is not { } error) return SystemNameResolver.Instance.ResolveAll(host, port, out endpoints);
        endpoints = [];
        return error;
    }

    public ushort? ServicePort(string service) => SystemNameResolver.Instance.ServicePort(service);
}
