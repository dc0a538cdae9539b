using System.Globalization;
using PfsVpn.Daemon.Interop;

namespace PfsVpn.Daemon.Logging;

/// <summary>Tells whether a descriptor is the journal's stream.</summary>
/// <remarks>References: systemd.exec(5): JOURNAL_STREAM is device:inode of the stream, and is inherited also by those whose output goes elsewhere.</remarks>
internal static unsafe class JournalStream
{
    /// <summary>Compares <paramref name="journalStream"/>, the variable's value, with the descriptor.</summary>
    public static bool Is(int descriptor, string? journalStream)
    {
        if (string.IsNullOrEmpty(journalStream)) return false;
        Libc.statx_result status;
        fixed (byte* nothing = "\0"u8)
        {
            if (Libc.statx(descriptor, nothing, Libc.AT_EMPTY_PATH, Libc.STATX_INO, &status) != 0) return false;
        }
        var device = DeviceNumber(status.stx_dev_major, status.stx_dev_minor);
        return string.Equals(journalStream, string.Create(CultureInfo.InvariantCulture, $"{device}:{status.stx_ino}"), StringComparison.Ordinal);
    }

    /// <summary>makedev(3) of glibc.</summary>
    private static ulong DeviceNumber(ulong major, ulong minor) =>
        ((major & 0xFFFFF000UL) << 32) | ((major & 0xFFFUL) << 8) | ((minor & 0xFFFFFF00UL) << 12) | (minor & 0xFFUL);
}
