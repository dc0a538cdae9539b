using Microsoft.Extensions.Logging;
using PfsVpn.Configuration;
using PfsVpn.Crypto;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Runtime;

/// <summary>Serves the control interface on a named pipe of Windows, where <c>wg.exe</c> looks for it.</summary>
/// <remarks>
/// References: https://www.wireguard.com/xplatform/; Microsoft's page "Named Pipes". Clients of other machines are refused by the system, and who may open the pipe is
/// <see cref="ControlPipePlace"/>'s. A few instances always wait for clients; all ends come to one completion port and one thread, in their order.
/// Sizes: the connections of the limits, up to 250, and 4 instances that wait.
/// Threading: all public members are safe from any thread. Ownership: owns the pipe. Dispose it before the arena, as <see cref="UapiServer"/> says.
/// </remarks>
internal sealed class ControlPipeServer : UapiServer
{
    /// <summary>Instances that wait: so many clients may come at the same moment. While all connections are busy, so many are held back.</summary>
    private const int Backlog = 4;

    private const nuint WakeNumber = 0;

    private readonly CompletionPort _port = new();
    private readonly ControlPipeListener _listener;

    /// <summary>Keeps the name, whatever becomes of the others: nobody else can take it while this process lives.</summary>
    private readonly ControlPipeInstance? _anchor;

    private readonly Dictionary<nuint, ControlPipeInstance> _waiting = [];
    private readonly Queue<ControlPipeInstance> _arrived = new();
    private readonly Dictionary<nuint, (ControlPipeInstance Instance, ControlPipeConnection Connection)> _served = [];

    private ControlPipeServer(string name, string security, IDeviceControl control, SecretArena arena, ILogger logger, UapiServerLimits limits)
        : base("control pipe", control, arena, logger, limits)
    {
        ControlPipeListener? listener = null;
        try
        {
            _listener = listener = new ControlPipeListener(_port, name, security, limits.Connections + Backlog + 1);
            var first = listener.MakeFirst();
            if (listener.TryUseUp()) _anchor = first;
            else Expect(first);
        }
        catch
        {
            listener?.Dispose();
            _port.Dispose();
            throw;
        }
        Start();
    }

    /// <inheritdoc/>
    public override string? Place => _listener.Name;

    /// <summary>Makes the pipe of an interface and serves it.</summary>
    /// <exception cref="ControlSocketException">A live daemon has it, or it cannot be made; the message says what to do.</exception>
    public static ControlPipeServer Listen(string interfaceName, IDeviceControl control, SecretArena arena, ILogger logger) =>
        Listen(interfaceName, control, arena, logger, ControlPipePlace.System, new UapiServerLimits());

    /// <summary>Makes the pipe of an interface at another place, and serves it within other bounds.</summary>
    /// <exception cref="ControlSocketException">A live daemon has it, or it cannot be made; the message says what to do.</exception>
    internal static ControlPipeServer Listen(
        string interfaceName, IDeviceControl control, SecretArena arena, ILogger logger, ControlPipePlace place, UapiServerLimits limits)
    {
        var server = new ControlPipeServer(place.NameOf(interfaceName), place.Security, control, arena, logger, limits);
        UapiLog.Listening(logger, server.Place);
        return server;
    }

    /// <inheritdoc/>
    protected override void Turn()
    {
        Replenish();
        AdmitArrived();
        ScrubStack();
        // Clients that came while their instances were made leave too few that wait: no wait then.
        if (_port.TryTake(IsShort ? 0 : TimeoutMilliseconds(), out var number, out var count, out var error) && number != WakeNumber) Complete(number, count, error);
        FinishOperations();
        CloseUnread();
        RemoveEnded();
        Forget();
    }

    /// <inheritdoc/>
    protected override void WakeUp() => _port.Post(WakeNumber);

    /// <inheritdoc/>
    protected override void Release()
    {
        foreach (var instance in _waiting.Values) instance.Close();
        foreach (var instance in _arrived) instance.Close();
        _anchor?.Close();
        _listener.Dispose();
        _port.Dispose();
    }

    /// <summary>Whether an instance that waits should be made now.</summary>
    private bool IsShort =>
        !IsPaused && _waiting.Count + _arrived.Count < Backlog && _waiting.Count + _arrived.Count + _served.Count < Limits.Connections + Backlog;

    /// <summary>Keeps as many instances waiting as the backlog has room for. Bounded, whatever clients do meanwhile.</summary>
    private void Replenish()
    {
        for (var made = 0; made < Backlog && IsShort; made++)
        {
            if (_listener.TryMakeNext(out var why) is { } instance) Expect(instance);
            else PauseAccepting(why);
        }
    }

    private void Expect(ControlPipeInstance instance)
    {
        switch (instance.BeginConnect())
        {
            case ControlPipeArrival.Later:
                _waiting.Add(instance.Number, instance);
                break;
            case ControlPipeArrival.Here:
                _arrived.Enqueue(instance);
                break;
            default:
                instance.Close();
                break;
        }
    }

    private void AdmitArrived()
    {
        while (_arrived.Count > 0 && MayAccept())
        {
            var instance = _arrived.Dequeue();
            var connection = new ControlPipeConnection(instance, Control, Arena, Pool, Limits, Logger, OnFinished);
            Admit(connection);
            Forget();
            _served.Add(instance.Number, (instance, connection));
            Guard(connection, static connection => connection.Begin());
        }
    }

    private void Complete(nuint number, int count, int error)
    {
        if (_waiting.Remove(number, out var instance))
        {
            instance.OnCompleted();
            if (error == 0) _arrived.Enqueue(instance);
            else instance.Close();
        }
        else if (_served.TryGetValue(number, out var served) && !served.Connection.IsClosed)
        {
            served.Instance.OnCompleted();
            Guard(served.Connection, connection => connection.OnCompleted(count, error));
        }
    }

    /// <summary>Forgets the numbers of connections that are closed.</summary>
    private void Forget()
    {
        foreach (var (number, served) in _served)
            if (served.Connection.IsClosed) _served.Remove(number);
    }
}
