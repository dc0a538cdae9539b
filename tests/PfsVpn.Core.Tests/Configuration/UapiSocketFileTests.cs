using System.Net.Sockets;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging.Abstractions;
using PfsVpn.Crypto;
using PfsVpn.Runtime;

namespace PfsVpn.Tests.Configuration;

/// <summary>The socket's file: made, replaced, refused, watched, removed.</summary>
[SupportedOSPlatform("linux")]
public sealed class UapiSocketFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("uapi").FullName;

    [Fact]
    public void The_socket_is_for_its_owner_only_and_leaves_nothing_else_behind()
    {
        using var server = new UapiTestServer();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(server.SocketPath));
        Assert.Equal([server.SocketPath], Directory.GetFileSystemEntries(server.Directory));
    }

    [Fact]
    public void A_missing_directory_is_made()
    {
        var directory = Path.Combine(_directory, "wireguard");
        using var server = new UapiTestServer(directory: directory);
        Assert.Equal(Convert.ToInt32("755", 8), (int)File.GetUnixFileMode(directory));
    }

    [Fact]
    public async Task A_stale_socket_is_replaced()
    {
        LeaveStaleSocket($"{_directory}/wg0.sock");
        using var server = new UapiTestServer(directory: _directory);
        Assert.Equal("errno=0\n\n", await server.AskAsync("get=1\n\n"));
        Assert.True(server.Log.Has(3001));
        Assert.Single(Directory.GetFileSystemEntries(_directory));
    }

    [Fact]
    public async Task A_live_socket_is_refused_and_left_alone()
    {
        using var first = new UapiTestServer();
        var refused = Assert.Throws<ControlSocketException>(() => ControlSocketServer.Listen("wg0", first.Device, first.Arena, NullLogger.Instance, first.Directory));
        Assert.Equal($"{first.SocketPath} is in use: a daemon already serves this interface. Stop it (or delete its socket), or choose another interface name.", refused.Message);
        Assert.Equal("errno=0\n\n", await first.AskAsync("get=1\n\n"));
        Assert.Single(Directory.GetFileSystemEntries(first.Directory));
        Assert.False(first.Server.Removed.IsCompleted);
    }

    [Fact]
    public void A_listener_whose_queue_is_full_is_live()
    {
        using var busy = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        busy.Bind(new UnixDomainSocketEndPoint($"{_directory}/wg0.sock"));
        busy.Listen(0);
        using var inQueue = UapiTestServer.Connect($"{_directory}/wg0.sock");
        using var arena = SecretArena.Create();
        using var device = new UapiFakeDevice();
        Assert.Throws<ControlSocketException>(() => ControlSocketServer.Listen("wg0", device, arena, NullLogger.Instance, _directory));
        Assert.True(File.Exists($"{_directory}/wg0.sock"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_not_a_socket_is_not_removed(bool isDirectory)
    {
        var path = $"{_directory}/wg0.sock";
        if (isDirectory) Directory.CreateDirectory(path);
        else File.WriteAllText(path, "precious");
        using var arena = SecretArena.Create();
        using var device = new UapiFakeDevice();
        var refused = Assert.Throws<ControlSocketException>(() => ControlSocketServer.Listen("wg0", device, arena, NullLogger.Instance, _directory));
        Assert.Equal($"{path} exists and is not a socket. Remove it, then start again.", refused.Message);
        Assert.Single(Directory.GetFileSystemEntries(_directory));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a\0b")]
    public void A_name_that_would_lead_elsewhere_is_refused(string name)
    {
        using var arena = SecretArena.Create();
        using var device = new UapiFakeDevice();
        Assert.Throws<ControlSocketException>(() => ControlSocketServer.Listen(name, device, arena, NullLogger.Instance, Path.GetTempPath()));
    }

    [Fact]
    public void A_path_that_no_socket_can_have_is_refused()
    {
        using var arena = SecretArena.Create();
        using var device = new UapiFakeDevice();
        var refused = Assert.Throws<ControlSocketException>(() => ControlSocketServer.Listen(new string('a', 100), device, arena, NullLogger.Instance, Path.GetTempPath()));
        Assert.Contains("107 bytes", refused.Message);
    }

    [Fact]
    public async Task Deleting_the_socket_is_noticed()
    {
        using var server = new UapiTestServer();
        File.WriteAllText($"{server.Directory}/other", "");
        Assert.Equal("errno=0\n\n", await server.AskAsync("get=1\n\n"));
        Assert.False(server.Server.Removed.IsCompleted);
        File.Delete(server.SocketPath);
        await server.Server.Removed;
    }

    [Fact]
    public async Task Deleting_the_whole_directory_is_noticed()
    {
        using var server = new UapiTestServer();
        Directory.Delete(server.Directory, recursive: true);
        await server.Server.Removed;
    }

    [Fact]
    public async Task Moving_the_socket_away_is_noticed()
    {
        using var server = new UapiTestServer();
        File.Move(server.SocketPath, $"{server.Directory}/elsewhere");
        await server.Server.Removed;
    }

    [Fact]
    public async Task Renaming_another_socket_over_it_is_noticed_and_that_one_is_left_alone()
    {
        var server = new UapiTestServer(directory: _directory);
        using var other = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        other.Bind(new UnixDomainSocketEndPoint($"{_directory}/other"));
        other.Listen();
        File.Move($"{_directory}/other", server.SocketPath, overwrite: true);
        await server.Server.Removed;
        server.Dispose();
        Assert.True(File.Exists(server.SocketPath));
        UapiTestServer.Connect(server.SocketPath).Dispose();
    }

    [Fact]
    public void Ending_the_server_removes_the_file_and_is_no_deletion()
    {
        var server = new UapiTestServer();
        server.Dispose();
        Assert.Empty(server.LeftOver);
        Assert.False(server.Server.Removed.IsCompleted);
    }

    [Fact]
    public async Task A_descriptor_is_taken_over_with_its_file()
    {
        // The server owns the descriptor from now on; the socket object must not close it again, nor delete the file when it is collected.
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint($"{_directory}/wg0.sock"));
        listener.Listen();
        var descriptor = (int)listener.SafeHandle.DangerousGetHandle();
        listener.SafeHandle.SetHandleAsInvalid();
        using var arena = SecretArena.Create();
        using var device = new UapiFakeDevice();
        using (var server = ControlSocketServer.FromDescriptor(descriptor, device, arena, NullLogger.Instance))
        {
            using var socket = UapiTestServer.Connect($"{_directory}/wg0.sock");
            Assert.Equal("errno=0\n\n", await UapiTestServer.AskAsync(socket, "get=1\n\n"));
            Assert.False(server.Removed.IsCompleted);
        }
        Assert.Empty(Directory.GetFileSystemEntries(_directory));
        GC.KeepAlive(listener);
    }

    [Fact]
    public void A_descriptor_that_is_no_listening_socket_is_refused()
    {
        using var arena = SecretArena.Create();
        using var device = new UapiFakeDevice();
        using var file = File.OpenHandle("/dev/null");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        foreach (var descriptor in new[] { (int)file.DangerousGetHandle(), (int)socket.Handle, 9999, -1 })
        {
            var refused = Assert.Throws<ControlSocketException>(() => ControlSocketServer.FromDescriptor(descriptor, device, arena, NullLogger.Instance));
            Assert.Contains("WG_UAPI_FD", refused.Message);
        }
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    /// <summary>A socket that nobody listens on any more: what a killed daemon leaves.</summary>
    private static void LeaveStaleSocket(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path + ".made"));
        socket.Listen();
        // The framework removes the path that it bound; under its new name the file stays.
        File.Move(path + ".made", path);
    }
}
