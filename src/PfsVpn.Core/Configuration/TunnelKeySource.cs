namespace PfsVpn.Configuration;

/// <summary>Where a private key comes from that does not stand in the tunnel's file.</summary>
/// <param name="Kind">What <paramref name="Text"/> is.</param>
/// <param name="Text">A path (relative to the folder of the tunnel's file), the name of a credential, or a command for /bin/sh.</param>
/// <param name="Line">Where it stands in the file, from 1.</param>
internal sealed record TunnelKeySource(TunnelKeySourceKind Kind, string Text, int Line);

/// <summary>The kinds of <see cref="TunnelKeySource"/>.</summary>
internal enum TunnelKeySourceKind
{
    /// <summary>A file with the key in base64.</summary>
    File,

    /// <summary>A credential of the service manager: a file of this name in the folder that CREDENTIALS_DIRECTORY names.</summary>
    Credential,

    /// <summary>A command that prints the key in base64.</summary>
    Command,
}
