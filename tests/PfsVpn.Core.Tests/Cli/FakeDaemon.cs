using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;

namespace PfsVpn.Tests.Cli;

/// <summary>A control socket that answers <c>get</c> and <c>status</c> from a script and records every <c>set</c>.</summary>
internal sealed class FakeDaemon : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly ConcurrentQueue<string> _received = new();
    private readonly Task _loop;

    public FakeDaemon(string directory, string name, string answer = "", int errno = 0)
    {
        Answer = answer;
        Errno = errno;
        _listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(directory, name + ".sock")));
        _listener.Listen();
        _loop = Task.Run(Serve);
    }

    /// <summary>The lines of a get, without errno.</summary>
    public string Answer { get; set; }

    /// <summary>The line of a status; null for a daemon that knows no such operation, and hangs up.</summary>
    public string? Status { get; set; }

    /// <summary>What get and set end with.</summary>
    public int Errno { get; set; }

    /// <summary>Whether a set is answered with EINVAL, whatever a get is answered with.</summary>
    public bool RefusesSets { get; set; }

    /// <summary>The bytes of a get's answer where they are to be malformed.</summary>
    public byte[]? RawAnswer { get; set; }

    /// <summary>Answers a set after so many bytes, and hangs up, as a daemon does that refuses at once.</summary>
    public int? HangUpAfter { get; set; }

    /// <summary>Where it is set, no answer is finished before it is; a get's answer is sent but for the end.</summary>
    public TaskCompletionSource? Hold { get; set; }

    /// <summary>Whether <see cref="Hold"/> is for sets alone, and everything else is answered at once.</summary>
    public bool HoldsSetsOnly { get; set; }

    /// <summary>Completes when a whole request has been received, and the beginning of its answer sent.</summary>
    public TaskCompletionSource Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes the sets received so far.</summary>
    public string[] Take()
    {
        var received = new List<string>();
        while (_received.TryDequeue(out var one)) received.Add(one);
        return [.. received];
    }

    public void Dispose()
    {
        _listener.Dispose();
        Hold?.TrySetResult();
        _loop.Wait();
    }

    private async Task Serve()
    {
        try
        {
            while (true)
            {
                using var connection = await _listener.AcceptAsync();
                try
                {
                    await Converse(connection);
                }
                catch (SocketException)
                {
                    // The client went away: wg connects once only to see whether anyone listens.
                }
            }
        }
        catch (Exception ended) when (ended is ObjectDisposedException or SocketException)
        {
            // Disposed.
        }
    }

    private async Task Converse(Socket connection)
    {
        var request = new MemoryStream();
        var buffer = new byte[65536];
        while (!Encoding.UTF8.GetString(request.GetBuffer(), (int)Math.Max(0, request.Length - 2), (int)Math.Min(2, request.Length)).Equals("\n\n", StringComparison.Ordinal))
        {
            var count = await connection.ReceiveAsync(buffer);
            if (count == 0) return;
            request.Write(buffer, 0, count);
            if (HangUpAfter is { } limit && request.Length >= limit) break;
        }
        var text = Encoding.UTF8.GetString(request.GetBuffer(), 0, (int)request.Length);
        if (text.StartsWith("set=1", StringComparison.Ordinal)) _received.Enqueue(text);
        if (text == "status=1\n\n")
        {
            if (Status is not null) await connection.SendAsync(Encoding.UTF8.GetBytes($"{Status}\nerrno=0\n\n"));
            return;
        }
        var answer = text == "get=1\n\n" ? RawAnswer ?? Encoding.UTF8.GetBytes($"{Answer}errno={Errno}\n\n") : Encoding.UTF8.GetBytes($"errno={(RefusesSets ? 22 : Errno)}\n\n");
        var held = !HoldsSetsOnly || text.StartsWith("set=1", StringComparison.Ordinal) ? Hold : null;
        var end = held is null ? 0 : "errno=0\n\n".Length;
        for (var sent = 0; sent < answer.Length - end;) sent += await connection.SendAsync(answer.AsMemory(sent, answer.Length - end - sent));
        if (held is not null || Hold is null) Reached.TrySetResult();
        if (held is null) return;
        await held.Task;
        await connection.SendAsync(answer.AsMemory(answer.Length - end));
    }
}
