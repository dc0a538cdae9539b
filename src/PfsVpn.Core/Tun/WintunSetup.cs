using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using PfsVpn.Interop;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Tun;

/// <summary>Makes Wintun adapters.</summary>
internal static unsafe class WintunSetup
{
    /// <summary>Bytes of each of the two rings: what five thousand full packets need.</summary>
    public const uint RingCapacity = 8 * 1024 * 1024;

    /// <summary>Windows calls the adapter "PfsVpn Tunnel".</summary>
    public const string TunnelType = "PfsVpn";

    /// <summary>Milliseconds that a new adapter has to be known to the first of the families, and then to the other.</summary>
    private const int FirstFamilyLimit = 5000, OtherFamilyLimit = 500;

    private const int Pause = 10;

    /// <summary>Makes an adapter with a running session and gives it an MTU.</summary>
    /// <exception cref="TunException">The library or the system refuses.</exception>
    public static WintunDevice Create(string name, int mtu, ILogger? logger)
    {
        if (name.Length is 0 or >= Wintun.MAX_ADAPTER_NAME) throw new TunException($"The adapter's name has {name.Length} characters: 1 to {Wintun.MAX_ADAPTER_NAME - 1} are possible.", Libc.EINVAL);
        Load();
        if (logger is not null) WintunLog.Attach(logger);
        WintunDevice? device = null;
        try
        {
            device = new WintunDevice(Start(name, out var luid), new WindowsAdapterSettings(luid), name, mtu, logger, Environment.ProcessorCount);
            RequireName(device.Settings, name);
            SetMtu(device.Settings, mtu, Thread.Sleep);
            return device;
        }
        catch
        {
            device?.Dispose();
            if (logger is not null) WintunLog.Detach(logger);
            throw;
        }
    }

    /// <summary>
    /// Sets the MTU of a new adapter for both families, which are bound to it one after the other while this waits. One that comes later still, or is none of this machine's, is not
    /// waited for for long: <see cref="WindowsLinkMonitor"/> sees to it.
    /// </summary>
    internal static void SetMtu(IAdapterSettings settings, int mtu, Action<int> sleep)
    {
        Span<bool> isDone = stackalloc bool[2];
        for (var (waited, limit) = (0, FirstFamilyLimit); waited <= limit; waited += Pause)
        {
            if (waited > 0) sleep(Pause);
            foreach (var family in (ReadOnlySpan<AdapterFamily>)[AdapterFamily.V4, AdapterFamily.V6])
            {
                if (isDone[(int)family] || settings.SetMtu(family, mtu) is IpHlpApi.ERROR_NOT_FOUND or IpHlpApi.ERROR_FILE_NOT_FOUND) continue;
                isDone[(int)family] = true;
                limit = Math.Min(limit, waited + OtherFamilyLimit);
            }
            if (isDone[0] && isDone[1]) return;
        }
    }

    /// <summary>What to say where the library refuses an adapter.</summary>
    internal static TunException Refusal(string name, int error) => error switch
    {
        Wintun.ERROR_ACCESS_DENIED => new TunException($"The adapter {name} cannot be made: that needs an administrator. Run this in an elevated window, or as a service.", Libc.EPERM),
        Wintun.ERROR_ALREADY_EXISTS or Wintun.ERROR_DUP_NAME => new TunException($"The adapter {name} exists already: another program has this tunnel, or an adapter of this name. End it, or choose another name.", Libc.EBUSY),
        Wintun.ERROR_OLD_WIN_VERSION => new TunException("This Windows is too old for Wintun: Windows 10 or newer is needed."),
        _ => new TunException($"The adapter {name} cannot be made: {Text(error)} (error {error}). LOG_LEVEL=verbose shows what Wintun says."),
    };

    private static void Load()
    {
        try
        {
            Wintun.Load();
        }
        catch (DllNotFoundException missing)
        {
            throw new TunException(missing.Message);
        }
    }

    private static WintunSession Start(string name, out NET_LUID luid)
    {
        var id = WintunAdapterId.For(name);
        nint adapter;
        fixed (char* nameText = name, typeText = TunnelType) adapter = Wintun.WintunCreateAdapter(nameText, typeText, &id);
        if (adapter == 0) throw Refusal(name, Marshal.GetLastPInvokeError());
        try
        {
            NET_LUID given;
            Wintun.WintunGetAdapterLUID(adapter, &given);
            luid = given;
            return WintunSession.TryStart(adapter, RingCapacity) ?? throw SessionRefusal(name, Marshal.GetLastPInvokeError());
        }
        catch
        {
            Wintun.WintunCloseAdapter(adapter);
            throw;
        }
    }

    private static TunException SessionRefusal(string name, int error) =>
        new($"The adapter {name} was made, but no session can be started on it: {Text(error)} (error {error}).");

    /// <summary>Where the name was taken, Windows gives another: then nobody would find the tunnel by its name.</summary>
    private static void RequireName(IAdapterSettings settings, string name)
    {
        if (settings.ReadAlias() is { } given && !given.Equals(name, StringComparison.OrdinalIgnoreCase))
            throw new TunException($"Windows called the new adapter {given}, as another has the name {name}. Rename or remove that one, or choose another name.", Libc.EBUSY);
    }

    private static string Text(int error) => new Win32Exception(error).Message.TrimEnd('.');
}
