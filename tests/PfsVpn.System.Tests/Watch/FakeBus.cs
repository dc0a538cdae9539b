using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using PfsVpn.Daemon.Bus;

namespace PfsVpn.SystemTests.Watch;

/// <summary>A message bus with logind on it, both in this process, for one client after the other.</summary>
internal sealed class FakeBus : IDisposable
{
    public const string Logind = ":1.3", Manager = "org.freedesktop.login1.Manager";

    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly BlockingCollection<BusMessage> _calls = [];
    private readonly BlockingCollection<Inhibitor> _inhibitors = [];
    private readonly Thread _thread;
    private volatile BusPeer? _peer;
    private volatile ExceptionDispatchInfo? _failure;

    public FakeBus(string path)
    {
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen();
        _thread = new Thread(Serve) { IsBackground = true, Name = "fake bus" };
        _thread.Start();
    }

    /// <summary>Whether logind is on the bus.</summary>
    public volatile bool HasLogind = true;

    /// <summary>Sent before the answer to Inhibit.</summary>
    public volatile Action<BusPeer>? BeforeInhibit;

    public BusPeer Peer => _peer ?? throw new InvalidOperationException("Nobody has connected.");

    /// <summary>Waits for the next lock that is asked for.</summary>
    public Inhibitor NextInhibitor()
    {
        Assert.True(_inhibitors.TryTake(out var inhibitor, TimeSpan.FromSeconds(30)), "nobody asked for a lock");
        return inhibitor;
    }

    /// <summary>Whether a lock was asked for that no test has taken yet.</summary>
    public bool HasInhibitor => _inhibitors.Count != 0;

    /// <summary>Waits for the next call of a method.</summary>
    public BusMessage NextCall(string member)
    {
        while (_calls.TryTake(out var call, TimeSpan.FromSeconds(30)))
        {
            if (call.Member == member) return call;
        }
        Assert.Fail($"nobody called {member}");
        return null!;
    }

    public void SayPrepareForSleep(bool begins, string sender = Logind) => Peer.Send(
        new BusMessage(BusMessageKind.Signal, 0) { Path = "/org/freedesktop/login1", Interface = Manager, Member = "PrepareForSleep", Sender = sender }, new BusWriter().Boolean(begins));

    public void SayOwnerChanged(string from, string to, string sender = "org.freedesktop.DBus") => Peer.Send(
        new BusMessage(BusMessageKind.Signal, 0) { Path = "/org/freedesktop/DBus", Interface = "org.freedesktop.DBus", Member = "NameOwnerChanged", Sender = sender },
        new BusWriter().String("org.freedesktop.login1").String(from).String(to));

    /// <summary>The bus ends; its file stays, as after a crash.</summary>
    public void Dispose()
    {
        _listener.Dispose();
        _peer?.Dispose();
        _thread.Join();
        _failure?.Throw();
    }

    private void Serve()
    {
        try
        {
            while (true)
            {
                using var peer = new BusPeer(_listener.Accept());
                _peer = peer;
                try
                {
                    Authenticate(peer);
                    while (peer.Receive() is { } call) Answer(peer, call);
                }
                catch (Exception gone) when (gone is EndOfStreamException or SocketException or ObjectDisposedException)
                {
                    // The client has ended, or this bus.
                }
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
        catch (Exception unexpected)
        {
            _failure = ExceptionDispatchInfo.Capture(unexpected);
        }
    }

    private static void Authenticate(BusPeer peer)
    {
        // Zero, and the user's number in hex of its digits: 0 is 30.
        Assert.Equal($"\0AUTH EXTERNAL {Convert.ToHexString(System.Text.Encoding.ASCII.GetBytes(PfsVpn.Daemon.Interop.Libc.geteuid().ToString(System.Globalization.CultureInfo.InvariantCulture)))}", peer.ReadLine());
        peer.WriteLine("OK 1234deadbeef");
        Assert.Equal("NEGOTIATE_UNIX_FD", peer.ReadLine());
        peer.WriteLine("AGREE_UNIX_FD");
        Assert.Equal("BEGIN", peer.ReadLine());
    }

    private void Answer(BusPeer peer, BusMessage call)
    {
        Assert.Equal(BusMessageKind.Call, call.Kind);
        var reply = new BusMessage(BusMessageKind.Return, 0) { ReplySerial = call.Serial, Sender = "org.freedesktop.DBus" };
        switch (call.Member)
        {
            case "Hello":
                peer.Send(reply, new BusWriter().String(":1.7"));
                // As every bus does.
                peer.Send(new BusMessage(BusMessageKind.Signal, 0) { Path = "/org/freedesktop/DBus", Interface = "org.freedesktop.DBus", Member = "NameAcquired", Sender = "org.freedesktop.DBus" }, new BusWriter().String(":1.7"));
                break;
            case "Inhibit" when !HasLogind:
                peer.Send(reply with { Kind = BusMessageKind.Error, ErrorName = "org.freedesktop.DBus.Error.ServiceUnknown" });
                break;
            case "Inhibit":
                BeforeInhibit?.Invoke(peer);
                var inhibitor = Inhibitor.For(call);
                peer.Send(reply with { Sender = Logind }, new BusWriter().Descriptor(0), inhibitor.TheirEnd);
                inhibitor.CloseTheirEnd();
                _inhibitors.Add(inhibitor);
                break;
            default:
                peer.Send(reply);
                break;
        }
        _calls.Add(call);
    }
}
