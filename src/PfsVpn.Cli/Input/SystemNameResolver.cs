using PfsVpn.Packets;

namespace PfsVpn.Cli.Input;

/// <summary>The C library's resolver.</summary>
internal sealed class SystemNameResolver : INameResolver
{
    private SystemNameResolver()
    {
    }

    /// <summary>The one instance.</summary>
    public static SystemNameResolver Instance { get; } = new();

    /// <inheritdoc/>
    public int Resolve(string host, string port, out EndpointAddress endpoint) => NativeResolver.Resolve(host, port, out endpoint);

    /// <inheritdoc/>
    public int ResolveAll(string host, string port, out IReadOnlyList<EndpointAddress> endpoints) => NativeResolver.ResolveAll(host, port, out endpoints);

    /// <inheritdoc/>
    public ushort? ServicePort(string service) => NativeResolver.Resolve(null, service, out var endpoint) == 0 ? endpoint.Port : null;
}
