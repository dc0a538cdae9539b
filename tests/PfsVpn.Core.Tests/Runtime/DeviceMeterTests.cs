using System.Diagnostics.Metrics;
using PfsVpn.Runtime;
using PfsVpn.Tests.Simulation;
using PfsVpn.Timers;
using PfsVpn.Tun;

namespace PfsVpn.Tests.Runtime;

/// <summary>What an application collects that hosts a device.</summary>
public sealed class DeviceMeterTests : IDisposable
{
    private readonly Pair _pair = new();
    private readonly UdpTransport _udp = new();
    private int _reads;

    [Fact]
    public void The_instruments_say_what_the_device_counts_and_read_it_once_for_all()
    {
        using var meter = NewMeter("meter0");
        _pair.Alice.Change(_pair.Bob, static change => change.Name = "laptop");
        _pair.Connect();
        var seen = Collect("meter0");
        var peer = $"interface=meter0 name=laptop peer={_pair.Bob.PublicKey}";
        Assert.Equal((double)_pair.BobAtAlice.Statistics.Sent, seen[$"pfsvpn.peer.io interface=meter0 name=laptop network.io.direction=transmit peer={_pair.Bob.PublicKey}"]);
        Assert.Equal(2, seen[$"pfsvpn.peer.packets interface=meter0 name=laptop network.io.direction=receive peer={_pair.Bob.PublicKey}"]);
        Assert.Equal(1, seen[$"pfsvpn.peer.handshakes event=initiated {peer}"]);
        Assert.Equal(1, seen[$"pfsvpn.peer.handshakes event=completed {peer}"]);
        Assert.True(seen.ContainsKey($"pfsvpn.peer.handshake.age {peer}"));
        Assert.Equal(1, seen["pfsvpn.peers interface=meter0"]);
        Assert.Equal(1, seen["pfsvpn.up interface=meter0"]);
        Assert.Equal(1, seen["pfsvpn.keys interface=meter0 kind=Keypair"]);
        Assert.Equal(1, seen["pfsvpn.offload interface=meter0 offload=tun_tso"]);
        Assert.Equal(0, seen["pfsvpn.offload interface=meter0 offload=udp_gro"]);
        Assert.True(seen["pfsvpn.exposure.bytes interface=meter0"] > 0);
        Assert.Equal(1, _reads);
    }

    [Fact]
    public void Failures_and_drops_come_with_their_reasons()
    {
        using var meter = NewMeter("meter1");
        _pair.CutTheLink();
        _pair.AliceSends();
        _pair.Network.Run(6);
        _pair.Alice.Receive([9], _pair.Bob.Address);
        var seen = Collect("meter1");
        Assert.Equal(1, seen[$"pfsvpn.peer.handshake.failures interface=meter1 peer={_pair.Bob.PublicKey} reason=NoAnswer"]);
        Assert.Equal(1, seen["pfsvpn.drops interface=meter1 reason=WrongLength"]);
        Assert.DoesNotContain(seen.Keys, static key => key.StartsWith("pfsvpn.peer.handshake.age", StringComparison.Ordinal));
    }

    [Fact]
    public void Where_nobody_listens_nothing_is_read_and_after_its_end_nothing_is_told()
    {
        NewMeter("meter2").Dispose();
        Assert.Empty(Collect("meter2"));
        Assert.Equal(0, _reads);
    }

    [Fact]
    public void A_device_that_has_ended_is_told_of_as_it_was()
    {
        using var meter = new DeviceMeter(Source("meter3"), static _ => Task.FromException(new ObjectDisposedException("device")), new StoppedClock());
        Assert.Equal(0, Collect("meter3")["pfsvpn.peers interface=meter3"]);
    }

    public void Dispose()
    {
        _udp.Dispose();
        _pair.Dispose();
    }

    private DeviceMeter NewMeter(string name) => new(Source(name), read =>
    {
        _reads++;
        read();
        return Task.CompletedTask;
    }, new StoppedClock());

    private StatusSource Source(string name) => new(_pair.Alice.Device, new NoTun(name), _udp, Crew: null, default(MonotonicTime));

    /// <summary>All measurements of an interface: instrument and tags in order, and the value.</summary>
    private static Dictionary<string, double> Collect(string name)
    {
        var seen = new Dictionary<string, double>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == DeviceMeter.MeterName && instrument.Meter.Tags!.Any(tag => tag.Value as string == name)) self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();
        listener.RecordObservableInstruments();
        return seen;

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var all = instrument.Meter.Tags!.Concat(tags.ToArray()).Select(static tag => $"{tag.Key}={tag.Value}").Order(StringComparer.Ordinal);
            seen.Add($"{instrument.Name} {string.Join(' ', all)}", value);
        }
    }

    /// <summary>On a busy machine a collection takes longer than a reading is young.</summary>
    private sealed class StoppedClock : TimeProvider
    {
        public override long GetTimestamp() => 1;
    }

    private sealed class NoTun(string name) : ITunDevice
    {
        public string Name => name;

        public int Mtu => 1420;

        public IReadOnlyList<ITunQueue> Queues => [];

        public TunOffloads Offloads => new(VirtioHeaders: true, Tso: true, Uso: false, TcpGro: true, UdpGro: false, QueueCount: 1);

        public ITunWriter OpenWriter() => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
