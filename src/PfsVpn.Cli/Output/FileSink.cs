namespace PfsVpn.Cli.Output;

/// <summary>Writes a new file that only its owner may read, past all buffers of the framework.</summary>
/// <remarks>Ownership: whoever made it disposes it. Throws the framework's exceptions of files.</remarks>
internal sealed class FileSink : IByteSink, IDisposable
{
    private readonly FileStream _stream;
    private long _length;

    /// <summary>Makes the file, which must not exist.</summary>
    public FileSink(string path) => _stream = new FileStream(path, new FileStreamOptions
    {
        Mode = FileMode.CreateNew,
        Access = FileAccess.Write,
        BufferSize = 0,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    });

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(_stream.SafeFileHandle, bytes, _length);
        _length += bytes.Length;
    }

    /// <summary>Waits until all of it is on the disk.</summary>
    public void Complete() => RandomAccess.FlushToDisk(_stream.SafeFileHandle);

    /// <summary>Closes it.</summary>
    public void Dispose() => _stream.Dispose();
}
