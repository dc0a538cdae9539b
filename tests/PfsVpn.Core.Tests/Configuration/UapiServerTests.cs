using System.Buffers;
using System.Net.Sockets;
using System.Text;
using PfsVpn.Configuration;
using PfsVpn.Runtime;

namespace PfsVpn.Tests.Configuration;

/// <summary>Conversations over a real unix socket.</summary>
public sealed class UapiServerTests
{
    private const string SetBoth = $"set=1\nprivate_key={UapiTestText.KeyA}\nlisten_port=51820\npublic_key={UapiTestText.KeyB}\npreshared_key={UapiTestText.KeyA}\nallowed_ip=10.0.0.0/8\n\n";

    private const string GetBoth =
        $"private_key={UapiTestText.KeyA}\nlisten_port=51820\npublic_key={UapiTestText.KeyB}\npreshared_key={UapiTestText.KeyA}\nprotocol_version=1\n" +
        "last_handshake_time_sec=0\nlast_handshake_time_nsec=0\ntx_bytes=0\nrx_bytes=0\npersistent_keepalive_interval=0\nallowed_ip=10.0.0.0/8\nerrno=0\n\n";

    [Fact]
    public async Task What_is_set_is_got()
    {
        using var server = new UapiTestServer();
        Assert.Equal("errno=0\n\n", await server.AskAsync(SetBoth));
        Assert.Equal(GetBoth, await server.AskAsync("get=1\n\n"));
    }

    [Fact]
    public async Task A_connection_is_used_again_and_again()
    {
        using var server = new UapiTestServer();
        using var socket = server.Connect();
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("errno=0\n\n", await UapiTestServer.AskAsync(socket, SetBoth));
            Assert.Equal(GetBoth, await UapiTestServer.AskAsync(socket, "get=1\n\n"));
        }
        Assert.Equal(20, server.Device.ChangesApplied);
    }

    [Fact]
    public async Task Requests_sent_at_once_are_answered_in_order()
    {
        using var server = new UapiTestServer();
        using var socket = server.Connect();
        await UapiTestServer.SendAsync(socket, "get=1\n\n" + SetBoth + "status=1\n\nget=1\n\nset=1\nbad=1\n\nget=1\n\n");
        socket.Shutdown(SocketShutdown.Send);
        Assert.Equal("errno=0\n\nerrno=0\n\n{\"status\":\"fine\"}\nerrno=0\n\n" + GetBoth + "errno=-22\n\n" + GetBoth, await UapiTestServer.ReadToEndAsync(socket));
    }

    [Fact]
    public async Task A_request_that_comes_byte_by_byte_is_understood()
    {
        using var server = new UapiTestServer();
        using var socket = server.Connect();
        foreach (var letter in SetBoth) await UapiTestServer.SendAsync(socket, letter.ToString());
        Assert.Equal("errno=0\n\n", await UapiTestServer.ReadAnswerAsync(socket));
        Assert.Equal(GetBoth, await UapiTestServer.AskAsync(socket, "get=1\n\n"));
    }

    [Theory]
    [InlineData("set=1\nlisten_port=70000\n\n", "errno=-22\n\n", "line 2, listen_port: '70000': not a number from 0 to 65535 (EINVAL)")]
    [InlineData("set=1\nlisten_port=1\nfoo\n\n", "errno=-71\n\n", "line 3: expected key=value, or a blank line at the end (EPROTO)")]
    [InlineData("get=1\nlisten_port=1\n\n", "errno=22\n\n", "line 2: expected a blank line: this operation takes no keys (EINVAL)")]
    [InlineData("status=1\nfoo\n\n", "errno=22\n\n", "line 2: expected a blank line: this operation takes no keys (EINVAL)")]
    public async Task A_bad_request_is_answered_logged_and_the_connection_goes_on(string request, string answer, string logged)
    {
        using var server = new UapiTestServer();
        using var socket = server.Connect();
        Assert.Equal(answer, await UapiTestServer.AskAsync(socket, request));
        Assert.Contains(logged, server.Log.Text);
        Assert.Equal(0, server.Device.ChangesApplied);
        Assert.Equal("errno=0\n\n", await UapiTestServer.AskAsync(socket, SetBoth));
    }

    [Theory]
    [InlineData("get=2\n\n")]
    [InlineData("set=0\n\n")]
    [InlineData("\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    public async Task An_unknown_operation_is_answered_and_ends_the_connection(string request)
    {
        using var server = new UapiTestServer();
        using var socket = server.Connect();
        await UapiTestServer.SendAsync(socket, request);
        Assert.Equal("errno=-71\n\n", await UapiTestServer.ReadAnswerAsync(socket));
        Assert.Equal("errno=0\n\n", await server.AskAsync("get=1\n\n"));
    }

    [Theory]
    [InlineData("set=1\nlisten_port=1\n", "errno=-71\n\n")]
    [InlineData("set=1\nlisten_port=1", "errno=-71\n\n")]
    [InlineData("set=1\nlisten_port=x\n", "errno=-22\n\n")]
    [InlineData("get=1\n", "errno=71\n\n")]
    [InlineData("get=1", "")]
    [InlineData("", "")]
    public async Task A_request_that_is_cut_off_changes_nothing(string request, string answer)
    {
        using var server = new UapiTestServer();
        using var socket = server.Connect();
        await UapiTestServer.SendAsync(socket, request);
        socket.Shutdown(SocketShutdown.Send);
        Assert.Equal(answer, await UapiTestServer.ReadToEndAsync(socket));
        Assert.Equal(0, server.Device.ChangesApplied);
    }

    [Fact]
    public async Task A_half_closed_client_gets_its_answer()
    {
        using var server = new UapiTestServer();
        using var socket = server.Connect();
        await UapiTestServer.SendAsync(socket, SetBoth + "get=1\n\n");
        socket.Shutdown(SocketShutdown.Send);
        Assert.Equal("errno=0\n\n" + GetBoth, await UapiTestServer.ReadToEndAsync(socket));
    }

    [Fact]
    public async Task What_the_device_refuses_is_answered()
    {
        using var server = new UapiTestServer { Device = { RefuseWith = UapiErrno.AddressInUse } };
        Assert.Equal("errno=-98\n\n", await server.AskAsync(SetBoth));
        Assert.Equal(0, server.Arena.SlotsInUse);
        Assert.Contains("EADDRINUSE", server.Log.Text);
    }

    [Fact]
    public async Task What_the_device_throws_is_an_input_output_error_and_half_an_answer_is_not_sent()
    {
        using var server = new UapiTestServer { Device = { ReadFailure = new InvalidOperationException("broken"), BeforeApply = static () => throw new InvalidOperationException("broken") } };
        Assert.Equal("errno=5\n\n", await server.AskAsync("get=1\n\n"));
        Assert.Equal("errno=-5\n\n", await server.AskAsync(SetBoth));
        Assert.Equal(0, server.Arena.SlotsInUse);
    }

    [Fact]
    public async Task A_set_that_is_too_large_is_refused()
    {
        using var server = new UapiTestServer(new UapiServerLimits { SetBytes = 100_000 });
        using var socket = server.Connect();
        var reading = UapiTestServer.ReadAnswerAsync(socket);
        try
        {
            await UapiTestServer.SendAsync(socket, "set=1\n" + string.Concat(Enumerable.Repeat($"public_key={UapiTestText.KeyA}\n", 2000)) + "\n");
        }
        catch (SocketException)
        {
            // The server hangs up while we still write.
        }
        Assert.Equal("errno=-7\n\n", await reading);
        Assert.Equal("errno=0\n\n", await server.AskAsync("get=1\n\n"));
    }

    [Fact]
    public async Task Clients_that_say_nothing_or_do_not_read_or_wait_for_the_device_block_nobody()
    {
        using var server = new UapiTestServer();
        Assert.Equal("errno=0\n\n", await server.AskAsync(LargeSet(20_000)));
        var gate = new TaskCompletionSource();
        var reached = new TaskCompletionSource();
        server.Device.BeforeApply = () =>
        {
            reached.TrySetResult();
            return gate.Task;
        };

        using var silent = server.Connect();
        using var half = server.Connect();
        await UapiTestServer.SendAsync(half, $"set=1\nprivate_key={UapiTestText.KeyA}\nlisten_po");
        using var deaf = server.Connect();
        await UapiTestServer.SendAsync(deaf, "get=1\n\n");
        deaf.Shutdown(SocketShutdown.Send);
        using var waiting = server.Connect();
        await UapiTestServer.SendAsync(waiting, "set=1\nlisten_port=1\n\nget=1\n\n");
        await reached.Task;

        for (var i = 0; i < 5; i++) Assert.EndsWith("}\nerrno=0\n\n", await server.AskAsync("status=1\n\n"));
        gate.SetResult();
        Assert.Equal("errno=0\n\n", await UapiTestServer.ReadAnswerAsync(waiting));
        waiting.Shutdown(SocketShutdown.Send);
        Assert.StartsWith("listen_port=1\n", await UapiTestServer.ReadToEndAsync(waiting));
        await UapiTestServer.SendAsync(half, "rt=2\n\n");
        Assert.Equal("errno=0\n\n", await UapiTestServer.ReadAnswerAsync(half));
        Assert.EndsWith("allowed_ip=10.0.0.5/32\nerrno=0\n\n", AllowedIp(5, await UapiTestServer.ReadToEndAsync(deaf)));
    }

    [Fact]
    public async Task A_client_that_hangs_up_while_its_set_is_carried_out_harms_nobody()
    {
        using var server = new UapiTestServer();
        var gate = new TaskCompletionSource();
        var reached = new TaskCompletionSource();
        server.Device.BeforeApply = () =>
        {
            reached.TrySetResult();
            return gate.Task;
        };
        using (var socket = server.Connect())
        {
            await UapiTestServer.SendAsync(socket, SetBoth);
            await reached.Task;
        }
        Assert.EndsWith("errno=0\n\n", await server.AskAsync("get=1\n\n"));
        gate.SetResult();
        server.Device.BeforeApply = static () => Task.CompletedTask;
        Assert.Equal("errno=0\n\n", await server.AskAsync("set=1\nlisten_port=2\n\n"));
    }

    [Fact]
    public async Task The_connection_that_was_silent_for_longest_makes_room()
    {
        using var server = new UapiTestServer(new UapiServerLimits { Connections = 3 });
        using var oldest = server.Connect();
        Assert.Equal("errno=0\n\n", await UapiTestServer.AskAsync(oldest, "get=1\n\n"));
        Socket[] others = [server.Connect(), server.Connect(), server.Connect(), server.Connect(), server.Connect()];
        try
        {
            Assert.Equal("errno=0\n\n", await UapiTestServer.AskAsync(others[^1], "get=1\n\n"));
            Assert.Equal("", await UapiTestServer.ReadToEndAsync(oldest));
            Assert.True(server.Log.Has(3006));
        }
        finally
        {
            foreach (var other in others) other.Dispose();
        }
    }

    [Fact]
    public async Task An_answer_that_nobody_reads_is_given_up()
    {
        using var server = new UapiTestServer(new UapiServerLimits { AnswerTimeout = TimeSpan.FromMilliseconds(1) });
        Assert.Equal("errno=0\n\n", await server.AskAsync(LargeSet(100_000)));
        using var deaf = server.Connect();
        await UapiTestServer.SendAsync(deaf, "get=1\n\n");
        // The server hangs up; what the kernel had taken before can still be read.
        while (!deaf.Poll(-1, SelectMode.SelectRead) || !server.Log.Has(3007)) await Task.Yield();
        Assert.DoesNotContain("errno", await UapiTestServer.ReadToEndAsync(deaf));
    }

    [Fact]
    public async Task Ending_the_server_erases_what_was_not_whole_and_hangs_up()
    {
        var server = new UapiTestServer();
        using var socket = server.Connect();
        await UapiTestServer.SendAsync(socket, $"set=1\nprivate_key={UapiTestText.KeyA}\npublic_key={UapiTestText.KeyB}\npreshared_key={UapiTestText.KeyB}\npre");
        while (server.Arena.SlotsInUse < 2) await Task.Yield();
        server.Dispose();
        Assert.Equal("", await UapiTestServer.ReadToEndAsync(socket));
        Assert.Empty(server.LeftOver);
    }

    [Fact]
    public async Task An_operation_that_outlives_the_server_gives_everything_back()
    {
        var server = new UapiTestServer();
        var gate = new TaskCompletionSource();
        var reached = new TaskCompletionSource();
        server.Device.BeforeApply = () =>
        {
            reached.TrySetResult();
            return gate.Task;
        };
        server.Device.RefuseWith = UapiErrno.Invalid;
        using var socket = server.Connect();
        await UapiTestServer.SendAsync(socket, SetBoth);
        await reached.Task;
        server.Server.Dispose();
        gate.SetResult();
        Assert.Equal("", await UapiTestServer.ReadToEndAsync(socket));
        server.Dispose();
    }

    [Fact]
    public async Task Many_clients_at_once_all_get_their_answers()
    {
        using var server = new UapiTestServer();
        Assert.Equal("errno=0\n\n", await server.AskAsync(SetBoth));
        await Task.WhenAll(Enumerable.Range(0, 40).Select(async i =>
        {
            using var socket = server.Connect();
            for (var round = 0; round < 10; round++)
            {
                if (i % 2 == 0) Assert.Equal(GetBoth, await UapiTestServer.AskAsync(socket, "get=1\n\n"));
                else Assert.Equal("errno=0\n\n", await UapiTestServer.AskAsync(socket, SetBoth));
            }
        }));
    }

    [Fact]
    public async Task No_trace_of_a_key_stays_in_the_blocks_of_the_pool()
    {
        using var server = new UapiTestServer();
        using var socket = server.Connect();
        Assert.Equal("errno=0\n\n", await UapiTestServer.AskAsync(socket, SetBoth));
        Assert.Equal(GetBoth, await UapiTestServer.AskAsync(socket, "get=1\n\n"));
        Assert.Equal("errno=-22\n\n", await UapiTestServer.AskAsync(socket, $"set=1\nprivate_key={UapiTestText.KeyA}\nfoo=1\n\n"));
        // The connection is still open, and holds nothing.
        // The answer is on its way before the server has given its block back.
        SpinWait.SpinUntil(() => server.Server.Pool.RentedBlocks == 0, TimeSpan.FromSeconds(30));
        Assert.Equal(0, server.Server.Pool.RentedBlocks);
        Assert.NotEqual(0, server.Server.Pool.FreeBlocks);
        var blocks = new List<IMemoryOwner<byte>>();
        while (server.Server.Pool.FreeBlocks > 0) blocks.Add(server.Server.Pool.Rent());
        foreach (var block in blocks)
        {
            Assert.Equal(-1, block.Memory.Span.IndexOfAnyExcept((byte)0));
            block.Dispose();
        }
    }

    private static string LargeSet(int count)
    {
        var text = new StringBuilder($"set=1\npublic_key={UapiTestText.KeyB}\n");
        for (var i = 0; i < count; i++) text.Append(null, $"allowed_ip=10.{i >> 16}.{(i >> 8) & 255}.{i & 255}/32\n");
        return text.Append('\n').ToString();
    }

    /// <summary>The answer up to its allowed IP number <paramref name="index"/>, and its end.</summary>
    private static string AllowedIp(int index, string answer)
    {
        var lines = answer.Split('\n').Where(static line => line.StartsWith("allowed_ip=", StringComparison.Ordinal)).ToArray();
        Assert.Equal(20_000, lines.Length);
        return $"{lines[index]}\n{answer[answer.IndexOf("errno", StringComparison.Ordinal)..]}";
    }
}
