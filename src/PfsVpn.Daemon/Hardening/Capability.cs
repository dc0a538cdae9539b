using PfsVpn.Daemon.Interop;

namespace PfsVpn.Daemon.Hardening;

/// <summary>The capabilities that the daemon works with, and their names.</summary>
internal static class Capability
{
    /// <summary>
    /// NET_ADMIN: the TUN, firewall marks, large buffers. NET_BIND_SERVICE: ports below 1024. NET_BROADCAST: link events of an interface that
    /// was moved to another namespace (NETLINK_LISTEN_ALL_NSID). IPC_LOCK: memory for secrets beyond RLIMIT_MEMLOCK.
    /// </summary>
    public const ulong Needed = (1UL << Libc.CAP_NET_ADMIN) | (1UL << Libc.CAP_NET_BIND_SERVICE) | (1UL << Libc.CAP_NET_BROADCAST) | (1UL << Libc.CAP_IPC_LOCK);

    /// <summary>Kept on top only where the program lies in a folder that root may not enter without it.</summary>
    public const ulong ReadAnything = 1UL << Libc.CAP_DAC_READ_SEARCH;

    /// <summary>The names of a set, for the log.</summary>
    public static string Names(ulong set)
    {
        if (set == 0) return "none";
        var names = new List<string>();
        for (var number = 0; number < 64; number++)
        {
            if ((set & (1UL << number)) != 0) names.Add(Name(number));
        }
        return string.Join(' ', names);
    }

    private static string Name(int number) => number switch
    {
        Libc.CAP_DAC_OVERRIDE => "DAC_OVERRIDE",
        Libc.CAP_DAC_READ_SEARCH => "DAC_READ_SEARCH",
        Libc.CAP_NET_BIND_SERVICE => "NET_BIND_SERVICE",
        Libc.CAP_NET_BROADCAST => "NET_BROADCAST",
        Libc.CAP_NET_ADMIN => "NET_ADMIN",
        Libc.CAP_IPC_LOCK => "IPC_LOCK",
        _ => $"{number}",
    };
}
