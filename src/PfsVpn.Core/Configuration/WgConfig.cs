namespace PfsVpn.Configuration;

/// <summary>A configuration file, read and validated as a whole. Owns the secrets in it.</summary>
internal sealed class WgConfig : IDisposable
{
    internal WgConfig(DeviceChange change, List<WgConfigEndpoint> unresolved, List<string> warnings)
    {
        Change = change;
        UnresolvedEndpoints = unresolved;
        Warnings = warnings;
    }

    /// <summary>What the file asks for. Complete once <see cref="UnresolvedEndpoints"/> have been filled in.</summary>
    public DeviceChange Change { get; }

    /// <summary>Endpoints given by name, in the order of the file.</summary>
    public IReadOnlyList<WgConfigEndpoint> UnresolvedEndpoints { get; }

    /// <summary>Things that are accepted but probably not meant, each a sentence that names file and line.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Erases the secrets that nobody has taken.</summary>
    public void Dispose() => Change.Dispose();
}
