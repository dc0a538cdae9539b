namespace PfsVpn.Cli.Doctor;

/// <summary>Which way packets to an address take.</summary>
/// <param name="Device">The device, or null where there is no way.</param>
/// <param name="Gateway">The next host, or null where the address is on the link, or this is not known.</param>
/// <param name="Error">Why there is no way.</param>
internal sealed record RouteAnswer(string? Device, string? Gateway, string Error)
{
    /// <summary>The device of what stays on this host.</summary>
    public const string ThisHost = "lo";

    /// <summary>The way in words.</summary>
    public override string ToString() => Device is null ? "nowhere" : Device == ThisHost ? "on this host" : Gateway is null ? $"by {Device}" : $"by {Device} over {Gateway}";
}
