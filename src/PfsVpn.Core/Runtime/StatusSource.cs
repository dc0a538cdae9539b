using PfsVpn.Device;
using PfsVpn.Timers;
using PfsVpn.Tun;

namespace PfsVpn.Runtime;

/// <summary>What the status of a running device is told from.</summary>
/// <param name="Device">The device.</param>
/// <param name="Tun">Its adapter.</param>
/// <param name="Udp">Its transport.</param>
/// <param name="Crew">Who helps with long runs; null for nobody.</param>
/// <param name="Started">When it was made, on the boot clock.</param>
internal sealed record StatusSource(WireGuardDevice Device, ITunDevice Tun, UdpTransport Udp, OpeningCrew? Crew, MonotonicTime Started);
