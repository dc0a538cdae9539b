using System.Diagnostics;
using PfsVpn.Interop.Windows;
using PfsVpn.Packets;
using PfsVpn.Tests.Tun;
using PfsVpn.Tun;
using PfsVpn.Udp;

namespace PfsVpn.Tests.Udp;

/// <summary>How datagrams get from a socket of Windows into a batch.</summary>
public sealed class WindowsIntakeTests : IDisposable
{
    private static readonly EndpointAddress Remote = new(Address("203.0.113.5"), 51820);
    private static readonly LocalSource Local = new(Address("192.0.2.2"), 5);

    private readonly FakeWinsockPort _port = new();
    private readonly WindowsUdpAbilities _abilities = new(gso: true, gro: true, ecn: true);
    private readonly WindowsIntake _intake;
    private readonly PacketBatch _batch = new(WindowsIntake.BatchSize.CapacityInBytes, WindowsIntake.BatchSize.MaxDatagrams, WindowsIntake.BatchSize.MaxPackets);

    public WindowsIntakeTests() => _intake = new WindowsIntake(_port, _abilities);

    public void Dispose()
    {
        _intake.Dispose();
        _batch.Dispose();
    }

    [Fact]
    public void Datagrams_that_are_there_come_in_order_with_all_that_is_told_of_them()
    {
        int[] lengths = [148, 1452, 0, 60_000, 32];
        foreach (var length in lengths) _port.Arrive(new(Packet.Pattern(length, length), Remote, Local, Ecn: 3));
        Assert.Equal(lengths.Length, _intake.Receive(_batch, mayWait: false));
        for (var index = 0; index < lengths.Length; index++)
        {
            Assert.Equal(Packet.Pattern(lengths[index], lengths[index]), _batch.Packet(index).ToArray());
            Assert.Equal((Remote, Local), (Source(index).Remote, Source(index).Local));
            Assert.Equal((0, (byte)3), (Extent(index).Stride, Extent(index).Tos));
        }
        Assert.Equal(0, _port.Begun);
    }

    [Fact]
    public void Datagrams_have_their_rooms_and_lie_below_the_high_water_mark()
    {
        for (var index = 0; index < 20; index++) _port.Arrive(new(Packet.Pattern(index * 97, index), Remote));
        Assert.Equal(20, _intake.Receive(_batch, mayWait: false));
        var end = 0;
        for (var index = 0; index < 20; index++)
        {
            Assert.True(Extent(index).Offset >= end + PacketBatch.HeaderRoom);
            end = Extent(index).Offset + Extent(index).Length + PacketBatch.TailRoom;
        }
        Assert.True(_batch.UsedBytes >= end);
    }

    [Fact]
    public void A_batch_takes_as_many_as_it_has_room_for_whatever_their_lengths_are()
    {
        for (var index = 0; index < 70; index++) _port.Arrive(new(Packet.Pattern(65_507, index), Remote));
        var received = 0;
        while (_intake.Receive(_batch, mayWait: false) is var count and > 0)
        {
            Assert.InRange(count, 1, 4);
            for (var index = 0; index < count; index++) Assert.Equal(Packet.Pattern(65_507, received + index), _batch.Packet(index).ToArray());
            received += count;
            _batch.Wipe();
        }
        Assert.Equal(70, received);
        using var small = new PacketBatch(60_000, 4);
        _port.Arrive(new(new byte[10], Remote));
        Assert.Equal(0, _intake.Receive(small, mayWait: false));
    }

    [Fact]
    public void A_run_has_the_stride_that_the_system_tells()
    {
        _port.Arrive(new(Packet.Pattern(3000, 1), Remote, Segment: 1452));
        _port.Arrive(new(Packet.Pattern(1452, 1), Remote, Segment: 1452));
        _port.Arrive(new(Packet.Pattern(100, 1), Remote, Segment: 20));
        Assert.Equal(3, _intake.Receive(_batch, mayWait: false));
        Assert.Equal([1452, 0, 0], new[] { Extent(0).Stride, Extent(1).Stride, Extent(2).Stride });
        Assert.True(_abilities.Gro);
    }

    [Fact]
    public void Runs_have_no_more_segments_together_than_the_batch_has_outputs()
    {
        for (var index = 0; index < 5; index++) _port.Arrive(new(new byte[32 * 1500], Remote, Segment: 32));
        Assert.Equal(2, _intake.Receive(_batch, mayWait: false));
        _batch.Clear();
        Assert.Equal(2, _intake.Receive(_batch, mayWait: false));
    }

    [Fact]
    public void As_many_datagrams_of_the_wire_fit_as_a_batch_may_have()
    {
        for (var index = 0; index < 70; index++) _port.Arrive(new(Packet.Pattern(1452, index), Remote));
        Assert.Equal(64, _intake.Receive(_batch, mayWait: false));
        _batch.Clear();
        Assert.Equal(6, _intake.Receive(_batch, mayWait: false));
    }

    [Fact]
    public void A_run_without_the_length_of_its_segments_is_told_and_nobody_ends_runs_by_feigning_one()
    {
        var train = Enumerable.Range(0, 5).SelectMany(index => Data(1452, receiver: 77, index)).ToArray();
        _port.Arrive(new(train[..(4 * 1452 + 700)], Remote));
        Assert.Equal(1, _intake.Receive(_batch, mayWait: false));
        Assert.Equal(1452, Extent(0).Stride);
        Assert.True(_abilities.Gro);
    }

    [Fact]
    public void One_data_message_is_no_run_and_nor_are_two_for_different_receivers()
    {
        byte[][] datagrams = [Data(1452, 77, 1), Data(32, 77, 1), [.. Data(100, 77, 1), .. Data(100, 78, 1)], Packet.Pattern(148, 1), [], new byte[3000]];
        foreach (var datagram in datagrams) Assert.Equal(0, UnlabelledRun.FindStride(datagram));
        Assert.Equal(32, UnlabelledRun.FindStride([.. Data(32, 77, 1), .. Data(32, 77, 2)]));
        Assert.Equal(113, UnlabelledRun.FindStride([.. Data(113, 77, 1), .. Data(113, 77, 2), .. Data(50, 77, 3)]));
    }

    [Fact]
    public void Nothing_there_is_nothing_and_a_receive_that_may_wait_leaves_one_pending()
    {
        Assert.Equal(0, _intake.Receive(_batch, mayWait: false));
        Assert.Equal(0, _port.Begun);
        Assert.Equal(0, _intake.Receive(_batch, mayWait: true));
        Assert.Equal(0, _intake.Receive(_batch, mayWait: true));
        Assert.Equal(0, _intake.Receive(_batch, mayWait: false));
        Assert.Equal((1, true), (_port.Begun, _port.IsPending));
    }

    [Fact]
    public void What_ends_the_pending_receive_comes_first_and_what_came_after_it_next()
    {
        Assert.Equal(0, _intake.Receive(_batch, mayWait: true));
        for (var index = 0; index < 4; index++) _port.Arrive(new(Packet.Pattern(100 + index, index), Remote, Local));
        Assert.Equal(WaitResult.Readable, _intake.Wait());
        Assert.Equal(4, _intake.Receive(_batch, mayWait: false));
        for (var index = 0; index < 4; index++) Assert.Equal(Packet.Pattern(100 + index, index), _batch.Packet(index).ToArray());
        Assert.Equal(Local, Source(0).Local);
        Assert.Equal((1, false), (_port.Begun, _port.IsPending));
    }

    [Fact]
    public void A_datagram_that_arrives_while_a_receive_waits_is_received_by_it()
    {
        var sender = new Thread(() =>
        {
            SpinWait.SpinUntil(() => _port.IsPending);
            _port.Arrive(new(Packet.Pattern(500, 1), Remote));
        });
        sender.Start();
        var received = 0;
        for (var attempt = 0; attempt < 100 && received == 0; attempt++) received = _intake.Receive(_batch, mayWait: true);
        sender.Join();
        Assert.Equal(1, received);
        Assert.Equal(Packet.Pattern(500, 1), _batch.Packet(0).ToArray());
    }

    [Fact]
    public async Task An_interrupt_ends_the_wait_and_the_pending_receive_stays()
    {
        var waiter = Task.Run(_intake.Wait);
        await Task.Delay(30);
        Assert.False(waiter.IsCompleted);
        _intake.Interrupt();
        Assert.Equal(WaitResult.Interrupted, await waiter);
        _intake.Interrupt();
        Assert.Equal(WaitResult.Interrupted, _intake.Wait());
        Assert.Equal((1, true), (_port.Begun, _port.IsPending));
    }

    [Fact]
    public void A_pending_receive_that_the_end_of_its_thread_cancelled_is_begun_anew()
    {
        Assert.Equal(0, _intake.Receive(_batch, mayWait: true));
        _port.Abort();
        Assert.Equal(WaitResult.Readable, _intake.Wait());
        Assert.Equal(0, _intake.Receive(_batch, mayWait: true));
        Assert.Equal((1, false), (_port.Begun, _port.IsPending));
        Assert.Equal(0, _intake.Receive(_batch, mayWait: true));
        Assert.Equal((2, true), (_port.Begun, _port.IsPending));
        _port.Arrive(new(new byte[7], Remote));
        Assert.Equal(1, _intake.Receive(_batch, mayWait: false));
    }

    [Fact]
    public void Errors_of_what_was_sent_are_passed_over()
    {
        for (var index = 0; index < 5; index++) _port.Arrive(new([], Remote, Error: index % 2 == 0 ? WinsockError.WSAECONNRESET : WinsockError.WSAENETRESET));
        _port.Arrive(new(new byte[7], Remote));
        Assert.Equal(1, _intake.Receive(_batch, mayWait: false));
        for (var index = 0; index < 100; index++) _port.Arrive(new([], Remote, Error: WinsockError.WSAECONNRESET));
        _batch.Clear();
        Assert.Equal(0, _intake.Receive(_batch, mayWait: false));
    }

    [Fact]
    public void A_socket_that_refuses_to_receive_is_asked_again_after_a_pause()
    {
        _port.BeginError = WinsockError.WSAENOBUFS;
        var clock = Stopwatch.StartNew();
        Assert.Equal(WaitResult.Readable, _intake.Wait());
        Assert.InRange(clock.ElapsedMilliseconds, 5, 5000);
        Assert.Equal(0, _intake.Receive(_batch, mayWait: true));
    }

    [Fact]
    public void Bound_to_an_interface_it_passes_over_what_comes_by_others()
    {
        _intake.Device = 5;
        _port.Arrive(new(new byte[10], Remote, Local with { InterfaceIndex = 6 }));
        _port.Arrive(new(new byte[11], Remote, Local));
        _port.Arrive(new(new byte[12], Remote));
        Assert.Equal(1, _intake.Receive(_batch, mayWait: false));
        Assert.Equal(11, Extent(0).Length);
        Assert.True(_batch.UsedBytes > 12);
    }

    [Fact]
    public void A_flood_by_another_interface_keeps_nobody_in_a_receive()
    {
        _intake.Device = 5;
        var taken = 0;
        _port.Received = () =>
        {
            // One comes for each that is taken, for ever.
            Assert.True(++taken < 1000, "the receive does not end");
            _port.Arrive(new(new byte[10], Remote, Local with { InterfaceIndex = 6 }));
        };
        _port.Received();
        Assert.Equal(0, _intake.Receive(_batch, mayWait: true));
    }

    private unsafe PacketExtent Extent(int index) => _batch.Packets[index];

    private unsafe DatagramSource Source(int index) => _batch.Sources[index];

    private static byte[] Data(int length, int receiver, int counter)
    {
        var message = Packet.Pattern(length, counter);
        BitConverter.TryWriteBytes(message, 4);
        BitConverter.TryWriteBytes(message.AsSpan(4), receiver);
        BitConverter.TryWriteBytes(message.AsSpan(8), (long)counter);
        return message;
    }

    private static IpAddress Address(string text) => IpAddress.TryParse(text, out var address) ? address : throw new FormatException(text);
}
