using System.Text;

namespace PfsVpn.Cli.Metrics;

/// <summary>Tells whoever started this process, over a pipe, that it serves, or what it failed on. Once; then the pipe is closed.</summary>
/// <param name="descriptor">The pipe, or null where nobody waits.</param>
/// <remarks>The form is that of the daemon's own report: <c>R</c>, or <c>E</c> and a message in UTF-8 of at most 4 KiB.</remarks>
internal sealed class ReadyReport(int? descriptor) : IDisposable
{
    private const int LongestInBytes = 4096;

    private int? _descriptor = descriptor;

    /// <summary>Whether somebody waits still.</summary>
    public bool IsWanted => _descriptor is not null;

    /// <summary>Reports that it serves.</summary>
    public void Ready() => Write("R"u8);

    /// <summary>Reports what it failed on.</summary>
    public void Failed(string message)
    {
        var text = Encoding.UTF8.GetBytes("E" + message);
        Write(text.AsSpan(0, Math.Min(text.Length, LongestInBytes)));
    }

    /// <summary>Closes the pipe.</summary>
    public void Dispose()
    {
        if (_descriptor is { } descriptor) NativeFile.Close(descriptor);
        _descriptor = null;
    }

    private void Write(ReadOnlySpan<byte> report)
    {
        if (_descriptor is not { } descriptor) return;
        // Where nobody waits any more there is nobody to tell.
        _ = NativeFile.WriteAll(descriptor, report);
        Dispose();
    }
}
