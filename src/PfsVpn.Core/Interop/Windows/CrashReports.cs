namespace PfsVpn.Interop.Windows;

/// <summary>Keeps memory out of what Windows Error Reporting writes of a crash, as far as it can.</summary>
/// <remarks>
/// References: Microsoft's page WerRegisterExcludedMemoryBlock: from Windows 10 1703, at most 512 blocks. A dump that somebody else takes, a debugger's for one, holds the memory all the same.
/// Threading: safe from any thread.
/// </remarks>
internal static class CrashReports
{
    private static volatile bool _isMissing;

    /// <summary>Whether the block will be left out; it is to be taken back before the memory goes then.</summary>
    public static bool TryLeaveOut(nint address, int length)
    {
        if (_isMissing) return false;
        try
        {
            return Kernel32.WerRegisterExcludedMemoryBlock(address, (uint)length) >= 0;
        }
        catch (EntryPointNotFoundException)
        {
            _isMissing = true;
            return false;
        }
    }

    /// <summary>Takes it back.</summary>
    public static void NoLongerLeaveOut(nint address) => _ = Kernel32.WerUnregisterExcludedMemoryBlock(address);
}
