using PfsVpn.Daemon.Interop;

namespace PfsVpn.Daemon.Hardening;

/// <summary>The capabilities of the calling thread: in Linux they belong to threads, and a program that it executes inherits them.</summary>
internal static unsafe class ThreadCapabilities
{
    /// <summary>The permitted set.</summary>
    public static ulong Permitted
    {
        get
        {
            var data = stackalloc Libc.cap_user_data[2];
            return Get(data) ? data[0].permitted | ((ulong)data[1].permitted << 32) : 0;
        }
    }

    /// <summary>Runs <paramref name="question"/> without <paramref name="capabilities"/>, and has them back afterwards.</summary>
    public static bool AskWithout(ulong capabilities, Func<bool> question)
    {
        var before = stackalloc Libc.cap_user_data[2];
        if (!Get(before)) return question();
        var data = stackalloc Libc.cap_user_data[2] { before[0], before[1] };
        data[0].effective &= ~(uint)capabilities;
        data[1].effective &= ~(uint)(capabilities >> 32);
        _ = Set(data);
        try
        {
            return question();
        }
        finally
        {
            _ = Set(before);
        }
    }

    /// <summary>
    /// Reduces this thread, and whatever it executes, to <paramref name="kept"/>: bounding set, permitted, effective, inheritable and, for users other than root, ambient set.
    /// What the system does not allow is left out: the second stage looks at what holds.
    /// </summary>
    public static void ReduceTo(ulong kept)
    {
        for (nuint number = 0; number < 64 && Libc.prctl(Libc.PR_CAPBSET_READ, number, 0, 0, 0) >= 0; number++)
        {
            if ((kept & (1UL << (int)number)) == 0) _ = Libc.prctl(Libc.PR_CAPBSET_DROP, number, 0, 0, 0);
        }
        kept &= Permitted;
        var data = stackalloc Libc.cap_user_data[2];
        data[0] = new Libc.cap_user_data { effective = (uint)kept, permitted = (uint)kept, inheritable = (uint)kept };
        data[1] = new Libc.cap_user_data { effective = (uint)(kept >> 32), permitted = (uint)(kept >> 32), inheritable = (uint)(kept >> 32) };
        _ = Set(data);
        _ = Libc.prctl(Libc.PR_CAP_AMBIENT, Libc.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        for (var number = 0; number < 64; number++)
        {
            if ((kept & (1UL << number)) != 0) _ = Libc.prctl(Libc.PR_CAP_AMBIENT, Libc.PR_CAP_AMBIENT_RAISE, (nuint)number, 0, 0);
        }
    }

    private static bool Get(Libc.cap_user_data* data)
    {
        var header = new Libc.cap_user_header { version = Libc._LINUX_CAPABILITY_VERSION_3 };
        return Libc.capget(&header, data) == 0;
    }

    private static bool Set(Libc.cap_user_data* data)
    {
        var header = new Libc.cap_user_header { version = Libc._LINUX_CAPABILITY_VERSION_3 };
        return Libc.capset(&header, data) == 0;
    }
}
