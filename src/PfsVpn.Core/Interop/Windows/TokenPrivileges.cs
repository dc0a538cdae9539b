namespace PfsVpn.Interop.Windows;

/// <summary>The privileges of this process: which it has, and giving all but a few up for good. <see cref="PrivilegeScope"/> takes one into use.</summary>
/// <remarks>References: Microsoft's pages AdjustTokenPrivileges, TOKEN_PRIVILEGES, Privilege Constants. Threading: any thread. Errors: none; who wants to know reads <see cref="Names"/>.</remarks>
internal static unsafe class TokenPrivileges
{
    private const int LongestList = 64, LongestName = 64;

    /// <summary>The size of TOKEN_PRIVILEGES for a number of them: the number, then 12 bytes for each.</summary>
    internal static int SizeOf(int count) => sizeof(uint) + (count * sizeof(Advapi32.LUID_AND_ATTRIBUTES));

    /// <summary>The names of all that the process holds, in use or not; null where that cannot be read.</summary>
    public static IReadOnlyList<string>? Names()
    {
        var token = Open(Advapi32.TOKEN_QUERY);
        if (token == 0) return null;
        var list = stackalloc byte[SizeOf(LongestList)];
        uint needed;
        var isRead = Advapi32.GetTokenInformation(token, Advapi32.TokenPrivileges, list, (uint)SizeOf(LongestList), &needed) != 0;
        _ = Kernel32.CloseHandle(token);
        if (!isRead) return null;
        var names = new List<string>();
        foreach (ref var entry in Entries(list)) names.Add(NameOf(ref entry.Luid));
        return names;
    }

    /// <summary>Gives all up but those that are named: they cannot be had again.</summary>
    public static void ReduceTo(params ReadOnlySpan<string> kept)
    {
        var token = Open(Advapi32.TOKEN_QUERY | Advapi32.TOKEN_ADJUST_PRIVILEGES);
        if (token == 0) return;
        var list = stackalloc byte[SizeOf(LongestList)];
        uint needed;
        if (Advapi32.GetTokenInformation(token, Advapi32.TokenPrivileges, list, (uint)SizeOf(LongestList), &needed) != 0)
        {
            foreach (ref var entry in Entries(list))
            {
                if (!kept.Contains(NameOf(ref entry.Luid))) entry.Attributes = Advapi32.SE_PRIVILEGE_REMOVED;
            }
            _ = Advapi32.AdjustTokenPrivileges(token, 0, list, 0, null, null);
        }
        _ = Kernel32.CloseHandle(token);
    }

    /// <summary>The token of this process, which the caller closes; 0 where it is not to be had.</summary>
    internal static nint Open(uint access)
    {
        nint token;
        return Advapi32.OpenProcessToken(Kernel32.GetCurrentProcess(), access, &token) != 0 ? token : 0;
    }

    private static Span<Advapi32.LUID_AND_ATTRIBUTES> Entries(byte* list) => new(list + sizeof(uint), (int)*(uint*)list);

    private static string NameOf(ref Advapi32.LUID luid)
    {
        var name = stackalloc char[LongestName];
        var length = (uint)LongestName;
        fixed (Advapi32.LUID* which = &luid) return Advapi32.LookupPrivilegeNameW(null, which, name, &length) != 0 ? new string(name, 0, (int)length) : $"privilege {which->LowPart}";
    }
}
