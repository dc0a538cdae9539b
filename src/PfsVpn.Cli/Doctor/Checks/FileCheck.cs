namespace PfsVpn.Cli.Doctor.Checks;

/// <summary>The file of a tunnel: that it can be read by us, by nobody else, and says something sensible.</summary>
internal sealed class FileCheck : ITunnelCheck<IHostProbe>
{
    private const int Group = 0x38, Others = 7;

    /// <inheritdoc/>
    public string Name => "file";

    /// <inheritdoc/>
    public IEnumerable<Finding> Examine(IHostProbe probe, Patient tunnel)
    {
        if (tunnel.Path is null) return [Finding.Skipped("there is no file for it: only what runs is looked at")];
        if (tunnel.FileError is { } error) return [Finding.Problem(error, $"mend {tunnel.Path}, then: pfsvpn up {tunnel.Handle}, or pfsvpn reload {tunnel.Handle} where it is up")];
        if (!tunnel.HasFile) return [Finding.Skipped($"{tunnel.Path} may not be read by this user")];
        return Examine(probe, tunnel.Path, tunnel);
    }

    private static IEnumerable<Finding> Examine(IHostProbe probe, string path, Patient tunnel)
    {
        var (mode, clean) = (probe.Mode(path), true);
        if (mode > 0 && (mode & (Group | Others)) != 0)
        {
            clean = false;
            yield return Finding.Warning($"{path} can be read by {((mode & Others) != 0 ? "everyone" : "its group")}, and the private key with it", $"{probe.Words.CloseFile(path)}; where others have accounts here, make new keys as well");
        }
        foreach (var warning in tunnel.FileWarnings)
        {
            clean = false;
            yield return Finding.Warning(warning, $"correct it in {path}, if it is not meant");
        }
        foreach (var empty in tunnel.Peers.Where(static peer => peer.IsInFile && peer.AllowedIps.Count == 0))
        {
            clean = false;
            yield return Finding.Problem($"peer {empty.Label} has no AllowedIPs: nothing is sent to it, and nothing taken from it", "give it its addresses: AllowedIPs = 10.0.0.2/32");
        }
        if (tunnel.Peers.Count == 0)
        {
            clean = false;
            yield return Finding.Warning("it has no [Peer]: there is nobody to talk to", $"add one: pfsvpn new client {tunnel.Name} NAME");
        }
        if (clean) yield return Finding.Ok($"{path} is well-formed, and its owner's alone");
    }
}
