using System.Net.Sockets;
using System.Text.Json;
using PfsVpn.Cli.Control;
using PfsVpn.Cli.Input;
using PfsVpn.Cli.Windows.Native;

namespace PfsVpn.Cli.Metrics;

/// <summary>One question to a daemon, with limits: a daemon that hangs, or talks without end, costs a scrape no more than they say.</summary>
/// <remarks>Sizes: an answer of at most 64 MiB, some hundred thousand peers. Time: 3 s for each step of the conversation. Ownership: whoever opened it disposes it.</remarks>
internal sealed class DaemonQuestion : IDisposable
{
    private const int LargestAnswerBytes = 64 * 1024 * 1024;
    private const int PatienceMs = 3000;

    private DaemonQuestion(ISecretSource answer) => Answer = answer;

    /// <summary>The answer, for a reader in locked memory.</summary>
    public ISecretSource Answer { get; }

    /// <summary>Connects and asks.</summary>
    /// <exception cref="SocketException">Nobody listens, or does not take the question in time.</exception>
    /// <exception cref="ControlException">The same on Windows.</exception>
    public static DaemonQuestion Ask(string directory, string name, ReadOnlySpan<byte> question)
    {
        if (OperatingSystem.IsWindows()) return AskPipe(directory, name, question);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { SendTimeout = PatienceMs, ReceiveTimeout = PatienceMs };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint($"{directory}/{name}.sock"));
            _ = socket.Send(question);
            return new DaemonQuestion(new SocketAnswer(socket));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The answer to <c>status=1</c>, which holds no secret; null from a daemon that knows no such question.</summary>
    /// <exception cref="SocketException">Nobody listens, or does not answer in time.</exception>
    /// <exception cref="ControlException">The same on Windows; or the answer is larger than any can be.</exception>
    /// <exception cref="JsonException">The answer is malformed.</exception>
    public static JsonDocument? ReadStatus(string directory, string name)
    {
        using var question = Ask(directory, name, "status=1\n\n"u8);
        var line = question.ReadLine();
        return line.Length != 0 && line.Span[0] == (byte)'{' ? JsonDocument.Parse(line) : null;
    }

    /// <summary>Closes the connection.</summary>
    public void Dispose() => Answer.Dispose();

    private static DaemonQuestion AskPipe(string directory, string name, ReadOnlySpan<byte> question)
    {
        var pipe = PatientPipe.Connect(ControlSocket.PathOf(directory, name), PatienceMs);
        try
        {
            pipe.Write(question);
            return new DaemonQuestion(pipe);
        }
        catch
        {
            pipe.Dispose();
            throw;
        }
    }

    /// <summary>All up to the first line feed, or up to the end.</summary>
    private ReadOnlyMemory<byte> ReadLine()
    {
        var buffer = new byte[16 * 1024];
        for (var length = 0; ;)
        {
            if (length == LargestAnswerBytes) throw new ControlException(NativeFile.EFBIG);
            if (length == buffer.Length) Array.Resize(ref buffer, Math.Min(length * 2, LargestAnswerBytes));
            var count = Answer.Read(buffer.AsSpan(length));
            if (count < 0) throw new ControlException(-count);
            var end = buffer.AsSpan(length, count).IndexOf((byte)'\n');
            if (end >= 0) return buffer.AsMemory(0, length + end);
            if (count == 0) return buffer.AsMemory(0, length);
            length += count;
        }
    }

    /// <summary>The socket itself: its limits of time do not hold for reads of its descriptor.</summary>
    private sealed class SocketAnswer(Socket socket) : ISecretSource
    {
        /// <inheritdoc/>
        /// <exception cref="SocketException">Nothing came in time.</exception>
        public int Read(Span<byte> destination) => socket.Receive(destination);

        /// <inheritdoc/>
        public void Dispose() => socket.Dispose();
    }
}
