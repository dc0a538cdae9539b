using System.Text;
using FsCheck;
using FsCheck.Fluent;
using PfsVpn.Daemon.Bus;

namespace PfsVpn.SystemTests.Watch;

/// <summary>Messages as the D-Bus specification lays them out.</summary>
public sealed class BusFormatTests
{
    [Fact]
    public void The_first_message_has_the_bytes_of_the_specification()
    {
        var hello = new BusWriter().ToMessage(new BusMessage(BusMessageKind.Call, 1)
        {
            Destination = "org.freedesktop.DBus",
            Path = "/org/freedesktop/DBus",
            Interface = "org.freedesktop.DBus",
            Member = "Hello",
        });
        var expected =
            "l\u0001\0\u0001" + "\0\0\0\0" + "\u0001\0\0\0" + "m\0\0\0" +
            "\u0001\u0001o\0" + "\u0015\0\0\0/org/freedesktop/DBus\0" + "\0\0" +
            "\u0002\u0001s\0" + "\u0014\0\0\0org.freedesktop.DBus\0" + "\0\0\0" +
            "\u0003\u0001s\0" + "\u0005\0\0\0Hello\0" + "\0\0" +
            "\u0006\u0001s\0" + "\u0014\0\0\0org.freedesktop.DBus\0" + "\0\0\0";
        Assert.Equal(expected, Encoding.Latin1.GetString(hello));
    }

    [Fact]
    public void What_is_written_is_read()
    {
        var header = new BusMessage(BusMessageKind.Signal, 7)
        {
            Path = "/a", Interface = "b.c", Member = "D", Sender = ":1.2", ErrorName = "e.f", ReplySerial = 9, Descriptors = 1,
        };
        var body = new BusWriter().String("ü").Boolean(true).UInt32(uint.MaxValue);
        var bytes = body.ToMessage(header);
        var read = Read(bytes)!;
        Assert.Equal(header with { Signature = "sbu", Body = read.Body }, read);
        var reader = new BusReader(read.Body.Span);
        Assert.True(reader.TryString(out var text) && reader.TryBoolean(out var flag) && reader.TryUInt32(out var number) && text == "ü" && flag && number == uint.MaxValue);
        Assert.False(reader.TryByte(out _));
        Assert.False(new BusReader(read.Body.Span[..^1]).TryString(out _) && reader.TryUInt32(out _));
    }

    [Fact]
    public void Whatever_the_fields_are_they_are_read_or_refused()
    {
        var sample = new BusWriter().String("x").ToMessage(new BusMessage(BusMessageKind.Signal, 7) { Path = "/a", Interface = "b.c", Member = "D", Sender = ":1.2", ReplySerial = 9 });
        var fields = sample[16..^8];
        var random = new Random(4);
        for (var round = 0; round < 20_000; round++)
        {
            var mutated = (byte[])fields.Clone();
            for (var i = random.Next(1, 4); i > 0; i--) mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
            _ = BusReader.ReadMessage(BusMessageKind.Signal, 1, mutated.AsSpan(0, random.Next(mutated.Length + 1)), default);
        }
        Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), static bytes =>
        {
            _ = BusReader.ReadMessage(BusMessageKind.Signal, 1, bytes, bytes);
            var reader = new BusReader(bytes);
            _ = reader.TryString(out _);
            _ = reader.TryBoolean(out _);
        }));
    }

    [Theory]
    [InlineData("unix:path=/run/dbus/system_bus_socket", "/run/dbus/system_bus_socket")]
    [InlineData("unix:path=/run/a%20b%2c,guid=00;unix:path=/run/c", "/run/a b,|/run/c")]
    [InlineData("tcp:host=localhost,port=1;unix:abstract=/x;unix:runtime=yes;nonsense", "\0/x")]
    [InlineData("", "")]
    public void Addresses_are_read(string addresses, string expected) => Assert.Equal(expected, string.Join('|', BusAddress.SocketNames(addresses).Select(Encoding.UTF8.GetString)));

    private static BusMessage? Read(byte[] bytes)
    {
        var fieldsLength = BitConverter.ToInt32(bytes, 12);
        return BusReader.ReadMessage((BusMessageKind)bytes[1], BitConverter.ToUInt32(bytes, 8), bytes.AsSpan(16, fieldsLength), bytes.AsMemory(16 + ((fieldsLength + 7) & ~7)));
    }
}
