using PfsVpn.Configuration;
using PfsVpn.Crypto;
using PfsVpn.Runtime;
using PfsVpn.Tun;

namespace PfsVpn.Hosting;

/// <summary>A WireGuard tunnel in this process: UDP outside, an interface of the system or a <see cref="PacketChannel"/> inside.</summary>
/// <remarks>
/// Keys live in locked memory, session keys are erased on time, all keys when the tunnel ends. What protects a whole process is the application's: cores, debuggers,
/// swap (docs/hardening.md says what pfsvpnd does).
/// Linux with libsodium 1.0.18 or newer; Windows with libsodium.dll, and for an interface wintun.dll, beside the application, both with a valid signature or the SHA-256 that the application's assembly names (docs/library.md). Threading: all members from any thread. Ownership: whoever opened it disposes it.
/// </remarks>
public sealed class Tunnel : IDisposable, IAsyncDisposable
{
    private readonly DeviceRuntime _runtime;
    private readonly SecretArena _arena;

    private Tunnel(DeviceRuntime runtime, SecretArena arena, PublicKey publicKey, string? interfaceName)
    {
        _runtime = runtime;
        _arena = arena;
        PublicKey = publicKey;
        InterfaceName = interfaceName;
        Completion = Observe(runtime.Completion);
    }

    /// <summary>This side's public key: what the other side calls this peer.</summary>
    public PublicKey PublicKey { get; }

    /// <summary>The interface as the system calls it, or null where the inside is a channel.</summary>
    public string? InterfaceName { get; }

    /// <summary>
    /// Completes when the tunnel has ended, however it came to that, and every key is erased. Faults with a <see cref="TunnelException"/> where nobody asked for it: the interface
    /// was deleted, or a thread failed.
    /// </summary>
    public Task Completion { get; }

    /// <summary>Opens a tunnel. When it returns, packets are carried.</summary>
    /// <param name="options">What it is; read, not kept. Its <see cref="TunnelOptions.Packets"/> belongs to the tunnel from here on, also where this fails.</param>
    /// <param name="cancellationToken">Ends look-ups of names.</param>
    /// <exception cref="TunnelException">It cannot be had: an option, the port, the interface, memory; the message says what to do. Nothing is left behind.</exception>
    /// <exception cref="DllNotFoundException">libsodium is not installed; the message names the package.</exception>
    public static async Task<Tunnel> OpenAsync(TunnelOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        Check(options);
        NativeCrypto.Load();
        var tun = OpenInside(options);
        SecretArena? arena = null;
        DeviceChange change;
        try
        {
            arena = SecretArena.Create();
            change = await TunnelChange.FromAsync(options, arena, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            arena?.Dispose();
            tun.Dispose();
            if (failure is SecretMemoryException) throw new TunnelException(failure.Message, failure);
            throw;
        }
        var publicKey = X25519.ComputePublicKey(change.PrivateKey!);
        return await StartAsync(options, tun, arena, change, publicKey).ConfigureAwait(false);
    }

    /// <summary>Adds a peer, or changes one so that it is what <paramref name="peer"/> says; its sessions go on where keys stay.</summary>
    /// <exception cref="TunnelException">Something cannot be; nothing was changed.</exception>
    /// <exception cref="ObjectDisposedException">The tunnel has ended.</exception>
    public async Task SetPeerAsync(TunnelPeerOptions peer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(peer);
        ObjectDisposedException.ThrowIf(_runtime.Completion.IsCompleted, this);
        var change = new DeviceChange();
        try
        {
            change.Peers.Add(await TunnelChange.FromAsync(peer, _arena, cancellationToken).ConfigureAwait(false));
        }
        catch (SecretMemoryException refused)
        {
            throw new TunnelException(refused.Message, refused);
        }
        await ApplyAsync(_runtime, change, 0).ConfigureAwait(false);
    }

    /// <summary>Removes a peer and erases its keys; does nothing where there is none.</summary>
    /// <exception cref="ObjectDisposedException">The tunnel has ended.</exception>
    public Task RemovePeerAsync(PublicKey publicKey)
    {
        var change = new DeviceChange();
        change.Peers.Add(new PeerChange(publicKey) { Remove = true });
        return ApplyAsync(_runtime, change, 0);
    }

    /// <summary>The tunnel at this moment.</summary>
    /// <exception cref="ObjectDisposedException">The tunnel has ended.</exception>
    public async Task<TunnelStatus> GetStatusAsync()
    {
        TunnelStatus? status = null;
        await _runtime.ReadStateAsync(state => status = ToStatus(state)).ConfigureAwait(false);
        return status!;
    }

    /// <summary>
    /// The machine is about to sleep: erases all session keys and handshakes, and holds new ones back until <see cref="Resume"/>, for 30 s at most. Completes when that is
    /// done. An application that hears of sleep calls it; pfsvpnd does it by itself.
    /// </summary>
    public Task PrepareForSleepAsync() => _runtime.PrepareForSleepAsync();

    /// <summary>The machine is awake again.</summary>
    public void Resume() => _runtime.Resume();

    /// <summary>Ends the tunnel and waits until every key is erased.</summary>
    public void Dispose() => _runtime.Dispose();

    /// <summary>Does what <see cref="Dispose"/> does without blocking the caller.</summary>
    public async ValueTask DisposeAsync()
    {
        _runtime.Stop(DeviceEnd.Stopped);
        await _runtime.Completion.ConfigureAwait(false);
    }

    private static void Check(TunnelOptions options)
    {
        if (options.PrivateKey is null) throw new TunnelException("The tunnel has no private key: set TunnelOptions.PrivateKey.");
        if (options.Packets is null == options.InterfaceName is null)
            throw new TunnelException("The inside of a tunnel is either a channel or an interface: set one of TunnelOptions.Packets and TunnelOptions.InterfaceName.");
        if (options.ListenPort is < 0 or > ushort.MaxValue) throw new TunnelException($"ListenPort must be from 0 to 65535, not {options.ListenPort}.");
        if (options.Threads < 1) throw new TunnelException($"Threads must be at least 1, not {options.Threads}.");
    }

    private static ITunDevice OpenInside(TunnelOptions options)
    {
        if (options.Packets is { } packets) return packets.Take();
        try
        {
            return HostSystem.CreateInterface(options);
        }
        catch (TunException refused)
        {
            throw new TunnelException(refused.Message, refused);
        }
    }

    private static async Task<Tunnel> StartAsync(TunnelOptions options, ITunDevice tun, SecretArena arena, DeviceChange change, PublicKey publicKey)
    {
        var runtime = CreateRuntime(options, tun, arena, change);
        try
        {
            // Up first, on any port: a port that is taken is then an error of the change, and not only a line of the log.
            runtime.Start();
            await ApplyAsync(runtime, change, options.ListenPort).ConfigureAwait(false);
            return new Tunnel(runtime, arena, publicKey, options.InterfaceName is null ? null : tun.Name);
        }
        catch
        {
            runtime.Dispose();
            throw;
        }
    }

    private static DeviceRuntime CreateRuntime(TunnelOptions options, ITunDevice tun, SecretArena arena, DeviceChange change)
    {
        try
        {
            return new DeviceRuntime(new DeviceRuntimeOptions
            {
                Tun = tun,
                Sockets = HostSystem.CreateSockets(options, tun),
                Threads = options.Threads,
                Arena = arena,
                Logger = options.Logger,
                Links = HostSystem.Watch(tun),
            });
        }
        catch
        {
            change.Dispose();
            arena.Dispose();
            tun.Dispose();
            throw;
        }
    }

    private static async Task ApplyAsync(DeviceRuntime runtime, DeviceChange change, int port)
    {
        const int EPERM = 1, ESHUTDOWN = 108;
        var errno = await runtime.ApplyAsync(change).ConfigureAwait(false);
        if (errno == 0) return;
        ObjectDisposedException.ThrowIf(errno == ESHUTDOWN, typeof(Tunnel));
        throw new TunnelException(errno switch
        {
            UapiErrno.AddressInUse => $"UDP port {port} is taken; choose another, or 0 for any.",
            UapiErrno.NoMemory => "No more memory can be locked for keys: raise the limit (ulimit -l), or grant CAP_IPC_LOCK.",
            UapiErrno.Invalid => "The device refuses the change: too many peers.",
            EPERM => "The system does not allow it: a port below 1024 needs CAP_NET_BIND_SERVICE, a firewall mark CAP_NET_ADMIN.",
            _ => $"The device refuses the change: {UapiErrno.NameOf(errno)}.",
        });
    }

    private static TunnelStatus ToStatus(DeviceState state) => new()
    {
        ListenPort = state.ListenPort,
        Peers =
        [
            .. state.Peers.Select(static peer => new TunnelPeerStatus
            {
                PublicKey = peer.PublicKey,
                Name = peer.Name.Length == 0 ? null : peer.Name,
                Endpoint = peer.Endpoint is { } endpoint ? TunnelChange.ToEndPoint(endpoint) : null,
                LastHandshake = peer.LastHandshake > TimeSpan.Zero ? DateTimeOffset.UnixEpoch + peer.LastHandshake : null,
                ReceivedBytes = peer.ReceivedBytes,
                SentBytes = peer.SentBytes,
                AllowedIps = [.. peer.AllowedIps.Select(TunnelChange.ToNetwork)],
            }),
        ],
    };

    private static async Task Observe(Task<DeviceEnd> completion)
    {
        var end = await completion.ConfigureAwait(false);
        if (end == DeviceEnd.InterfaceDeleted) throw new TunnelException("The tunnel's interface was deleted, or its channel disposed.");
        if (end == DeviceEnd.InterfaceFailed) throw new TunnelException("The tunnel's interface failed; the log says how.");
        if (end == DeviceEnd.Failed) throw new TunnelException("A thread of the tunnel failed; the log says how.");
    }
}
