using PfsVpn.Cli.Control;
using PfsVpn.Cli.Input;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Commands;

/// <summary>What <c>setconf</c>, <c>addconf</c> and <c>syncconf</c> share: reading a file as a whole, and looking up its endpoints.</summary>
internal static class ConfigurationFile
{
    /// <summary>The usage line of the three.</summary>
    public const string Arguments = "<interface> <configuration filename>";

    /// <summary>What the help of each of the three says about files.</summary>
    public const string Details =
        """
        The file has one [Interface] (PrivateKey, ListenPort, FwMark) and a [Peer] for each peer (PublicKey, PresharedKey,
        AllowedIPs, Endpoint, PersistentKeepalive). Both may say RekeyAfterTime (10 to 120 seconds) and RekeyAfterBytes (such as
        512M); off or nothing is what the interface says for a peer, and the protocol's 120 seconds, without a limit of bytes,
        for the interface. The whole file is checked before anything of it is applied.
        Files for wg-quick need to be stripped first: pfsvpn setconf wg0 <(wg-quick strip wg0)

        Environment:
          WG_ENDPOINT_RESOLUTION_RETRIES   how often to try again to look up an endpoint's name: a number (15), or infinity
        """;

    /// <summary>
    /// Keeps of what a whole file leaves to the protocol only what takes something away from the running interface. Daemons that are not PfsVpn do not know these keys.
    /// </summary>
    public static void KeepResets(DeviceChange change, RunningDevice running)
    {
        if (change.RekeyAfterSeconds == running.RekeyAfterSeconds) change.RekeyAfterSeconds = null;
        if (change.RekeyAfterBytes == running.RekeyAfterBytes) change.RekeyAfterBytes = null;
        if (change.BindDevice == running.BindDevice) change.BindDevice = null;
        if (change.BindAddresses == running.BindAddresses) change.BindAddresses = null;
    }

    /// <summary>Reads a file, prints its warnings, and resolves its endpoints. The caller disposes the result.</summary>
    /// <exception cref="CliException">The file cannot be read or used.</exception>
    public static WgConfig Read(CliContext context, string path, bool append)
    {
        WgConfig configuration;
        try
        {
            configuration = Parse(context, path, append);
        }
        catch (WgConfigException wrong)
        {
            throw new CliException(wrong.Message);
        }
        try
        {
            foreach (var warning in configuration.Warnings) context.Error.WriteLine($"Warning: {warning}");
            var resolver = new EndpointResolver(context);
            foreach (var endpoint in configuration.UnresolvedEndpoints) resolver.Resolve(endpoint, $"{path}:{endpoint.Line}: Endpoint");
            return configuration;
        }
        catch
        {
            configuration.Dispose();
            throw;
        }
    }

    private static WgConfig Parse(CliContext context, string path, bool append)
    {
        var descriptor = NativeFile.OpenForReading(path);
        if (descriptor < 0) throw Unreadable(path, -descriptor);
        try
        {
            using var lines = new LockedLineReader(descriptor, errno => Unreadable(path, errno));
            using var parser = new WgConfigParser(context.Arena, path, append, context.Resolver.ServicePort);
            while (lines.TryRead(out var line, out _)) parser.ReadLine(line);
            return parser.Finish();
        }
        finally
        {
            NativeFile.Close(descriptor);
        }
    }

    private static CliException Unreadable(string path, int errno) => new($"{path}: {NativeFile.Describe(errno)}");
}
