namespace PfsVpn.Cli.Output;

/// <summary>A file with secrets in it that is there whole or not at all.</summary>
/// <remarks>Ownership: whoever made it disposes it, which removes what was not committed. Threading: one thread.</remarks>
internal interface ISecretTarget : IByteSink, IDisposable
{
    /// <summary>Moves it to its place, on the disk for good.</summary>
    /// <param name="replace">Whether it may take the place of another file.</param>
    /// <exception cref="CliException">It cannot, or there is a file that it must not replace.</exception>
    void Commit(bool replace);
}
