using System.Diagnostics.Metrics;
using PfsVpn.Device;
using PfsVpn.Transport;

namespace PfsVpn.Runtime;

/// <summary>The counters of a running device as instruments of System.Diagnostics.Metrics, so that OpenTelemetry in a hosting application collects them.</summary>
/// <remarks>
/// The meter is called <see cref="MeterName"/> and has the tag <c>interface</c>; instruments of a peer have <c>peer</c>, its public key, and <c>name</c> where it has one.
/// All instruments are observed: where nobody listens nothing is done, and on the data path there is nothing in any case. One collection reads the device once, on its
/// control thread, for all instruments together.
/// Threading: whichever thread collects; it waits for the control thread, for at most <see cref="LongestWait"/>, and then tells what it saw before.
/// </remarks>
internal sealed class DeviceMeter : IDisposable
{
    /// <summary>The name to listen for.</summary>
    public const string MeterName = "PfsVpn";

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    /// <summary>Instruments that are observed one after the other see the same moment.</summary>
    private static readonly TimeSpan SnapshotLife = TimeSpan.FromMilliseconds(200);

    private readonly StatusSource _source;
    private readonly Func<Action, Task> _onControl;
    private readonly Meter _meter;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private MeterSnapshot _snapshot = MeterSnapshot.Empty;
    private long _takenAt;

    /// <summary>Makes the instruments.</summary>
    /// <param name="source">What runs.</param>
    /// <param name="onControl">Has the control thread do something.</param>
    /// <param name="clock">Says how old a reading is.</param>
    public DeviceMeter(StatusSource source, Func<Action, Task> onControl, TimeProvider clock)
    {
        (_source, _onControl, _clock) = (source, onControl, clock);
        _meter = new Meter(MeterName, StatusWriter.Version, [new KeyValuePair<string, object?>("interface", source.Tun.Name)]);
        CreatePeerInstruments();
        CreateDeviceInstruments();
    }

    /// <summary>Ends the meter; nothing is collected any more.</summary>
    public void Dispose() => _meter.Dispose();

    private void CreatePeerInstruments()
    {
        _meter.CreateObservableCounter("pfsvpn.peer.io", () => Of<long>(static row => [
            row.Measure((long)row.ReceivedBytes, "network.io.direction", "receive"), row.Measure((long)row.SentBytes, "network.io.direction", "transmit")]), "By", "Bytes of datagrams, overhead and handshakes included");
        _meter.CreateObservableCounter("pfsvpn.peer.packets", () => Of<long>(static row => [
            row.Measure((long)row.ReceivedPackets, "network.io.direction", "receive"), row.Measure((long)row.SentPackets, "network.io.direction", "transmit")]), "{packet}", "Datagrams");
        _meter.CreateObservableCounter("pfsvpn.peer.handshakes", () => Of<long>(static row => [
            row.Measure(row.Initiated, "event", "initiated"), row.Measure(row.Answered, "event", "answered"), row.Measure(row.Completed, "event", "completed")]), "{handshake}", "Handshakes");
        _meter.CreateObservableCounter("pfsvpn.peer.handshake.failures", () => Of<long>(static row =>
            row.Failures.Select(failure => row.Measure(failure.Count, "reason", failure.Reason.ToString()))), "{failure}", "Handshakes that failed");
        _meter.CreateObservableGauge("pfsvpn.peer.handshake.age", () => Of<double>(static row => row.HandshakeAge is { } age ? [row.Measure(age.TotalSeconds)] : []), "s", "Time since the latest completed handshake");
        _meter.CreateObservableGauge("pfsvpn.peer.exposure", () => Of<double>(static row => [row.Measure(row.Exposure.TotalSeconds)]), "s", "Age of the oldest session key");
    }

    private void CreateDeviceInstruments()
    {
        _meter.CreateObservableGauge("pfsvpn.peers", () => Snapshot().Peers.Count, "{peer}", "Peers");
        _meter.CreateObservableGauge("pfsvpn.up", () => _source.Device.IsUp ? 1 : 0, description: "Whether the interface is up");
        _meter.CreateObservableCounter("pfsvpn.drops", Drops, "{packet}", "Packets that were dropped");
        _meter.CreateObservableCounter("pfsvpn.keys.made", () => Keys(_source.Device.Ledger.MadeOf), "{key}", "Keys made");
        _meter.CreateObservableCounter("pfsvpn.keys.erased", () => Keys(_source.Device.Ledger.ErasedOf), "{key}", "Keys erased");
        _meter.CreateObservableGauge("pfsvpn.keys", () => Keys(kind => _source.Device.Ledger.MadeOf(kind) - _source.Device.Ledger.ErasedOf(kind)), "{key}", "Keys that exist");
        _meter.CreateObservableGauge("pfsvpn.exposure", () => Snapshot().Exposure.TotalSeconds, "s", "Age of the oldest session key: a seizure now would give away at most what is younger");
        _meter.CreateObservableGauge("pfsvpn.exposure.bytes", () => (long)Snapshot().ExposureBytes, "By", "Bytes sealed and opened on the session keys that exist");
        _meter.CreateObservableGauge("pfsvpn.offload", Offloads, description: "Whether an offload is in force");
    }

    private IEnumerable<Measurement<T>> Of<T>(Func<MeterPeer, IEnumerable<Measurement<T>>> measure)
        where T : struct => Snapshot().Peers.SelectMany(measure);

    private IEnumerable<Measurement<long>> Drops()
    {
        foreach (var reason in Enum.GetValues<DropReason>())
            if (_source.Device.Drops[reason] is > 0 and var count) yield return new Measurement<long>(count, new KeyValuePair<string, object?>("reason", reason.ToString()));
    }

    private static IEnumerable<Measurement<long>> Keys(Func<KeyKind, long> count) =>
        Enum.GetValues<KeyKind>().Select(kind => new Measurement<long>(count(kind), new KeyValuePair<string, object?>("kind", kind.ToString())));

    private IEnumerable<Measurement<int>> Offloads()
    {
        var (tun, udp) = (_source.Tun.Offloads, _source.Udp.Socket?.Offloads);
        foreach (var (name, isOn) in ((string, bool)[])[("tun_tso", tun.Tso), ("tun_uso", tun.Uso), ("tun_tcp_gro", tun.TcpGro), ("tun_udp_gro", tun.UdpGro), ("udp_gso", udp?.Gso ?? false), ("udp_gro", udp?.Gro ?? false)])
            yield return new Measurement<int>(isOn ? 1 : 0, new KeyValuePair<string, object?>("offload", name));
    }

    private MeterSnapshot Snapshot()
    {
        lock (_gate)
        {
            if (_takenAt != 0 && _clock.GetElapsedTime(_takenAt) < SnapshotLife) return _snapshot;
            MeterSnapshot? taken = null;
            var reading = _onControl(() => Volatile.Write(ref taken, MeterSnapshot.Of(_source.Device, BootClock.Now)));
            // A device that has ended, or that is busy with something long, is told of as it was.
            if (Task.WaitAny([reading], LongestWait) == 0 && Volatile.Read(ref taken) is { } fresh) _snapshot = fresh;
            _takenAt = _clock.GetTimestamp();
            return _snapshot;
        }
    }
}
