using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using PfsVpn.Crypto;

namespace PfsVpn.PeerBench;

/// <summary>
/// The program behind `flood`, started in a namespace: sends initiations with a right mac1 and nothing else right, which is what anyone can who knows the
/// public key, for a third of a core by its own clock. `discard` is the port that takes the same datagrams where they are to do nothing.
/// </summary>
internal static class Flooder
{
    /// <summary>Addresses that a crowd sends from; the namespace of the flooder owns them all.</summary>
    public const string Crowd = "10.66.0.0/16";

    /// <summary>What the flooder says first.</summary>
    public const string Began = "flooding";

    private const double Share = 1.0 / 3;
    private const int Messages = 256;
    private const int BurstSize = 32;
    private const int InitiationSize = 148;

    /// <summary>Runs a sub-command; null where <paramref name="arguments"/> are none. Both end when their input ends, and by themselves after a minute.</summary>
    public static int? Run(string[] arguments)
    {
        switch (arguments)
        {
            case ["flood", var target, var key, var sources]:
                Flood(IPEndPoint.Parse(target), Convert.FromBase64String(key), int.Parse(sources, CultureInfo.InvariantCulture));
                return 0;
            case ["discard", var port]:
                Discard(IPEndPoint.Parse(port));
                return 0;
            default:
                return null;
        }
    }

    /// <summary>The flooder's only source where there is no crowd: an address that no peer has.</summary>
    public static string SourceOf(int number, int sources) => sources == 1 ? "192.0.2.66" : $"10.66.{number >> 8}.{number & 255}";

    private static void Flood(IPEndPoint target, byte[] publicKey, int sources)
    {
        var messages = Forge(publicKey);
        var sockets = new Socket[sources];
        for (var i = 0; i < sources; i++)
        {
            sockets[i] = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            sockets[i].Bind(new IPEndPoint(IPAddress.Parse(SourceOf(i, sources)), 0));
        }
        var address = target.Serialize();
        var end = EndOfInput();
        Console.WriteLine(Began);
        long sent = 0;
        var (watch, before) = (Stopwatch.StartNew(), ThreadClock.Seconds);
        while (!end.IsCompleted)
        {
            for (var i = 0; i < BurstSize; i++, sent++)
            {
                // What comes back stays in the sockets until they are full: reading it would cost the flooder what it wants to send.
                sockets[sent % sources].SendTo(messages[sent % Messages], SocketFlags.None, address);
            }
            while (ThreadClock.Seconds - before > watch.Elapsed.TotalSeconds * Share && !end.IsCompleted) Thread.Sleep(1);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{sent / watch.Elapsed.TotalSeconds:0}"));
    }

    private static void Discard(IPEndPoint port)
    {
        // A full buffer discards by itself.
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(port);
        var end = EndOfInput();
        Console.WriteLine(Began);
        end.Wait();
    }

    private static byte[][] Forge(byte[] publicKey)
    {
        Span<byte> mac1Key = stackalloc byte[Blake2s.HashSizeInBytes];
        Blake2s.Hash(mac1Key, "mac1----"u8, publicKey);
        var messages = new byte[Messages][];
        for (var i = 0; i < Messages; i++)
        {
            var message = messages[i] = RandomNumberGenerator.GetBytes(InitiationSize);
            BinaryPrimitives.WriteUInt32LittleEndian(message, 1);
            Blake2s.Mac(message.AsSpan(116, 16), mac1Key, message.AsSpan(0, 116));
            message.AsSpan(132).Clear();
        }
        return messages;
    }

    private static Task<Task> EndOfInput() => Task.WhenAny(Task.Run(Console.In.ReadToEnd), Task.Delay(TimeSpan.FromMinutes(1)));
}
