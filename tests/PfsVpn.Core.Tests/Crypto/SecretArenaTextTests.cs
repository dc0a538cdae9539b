using PfsVpn.Crypto;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Tests.Crypto;

public sealed class SecretArenaTextTests
{
    [Fact]
    public void On_Linux_it_says_who_can_read_and_why_not_better()
    {
        Assert.Equal(
            "secrets are in memfd_secret memory (not readable through /proc/PID/mem, not in a core, not in swap)",
            SecretArenaText.Describe(SecretArenaKind.MemfdSecret, isWindows: false, isLeftOutOfReports: true, null));
        Assert.Equal(
            "secrets are in locked memory (not in a core, not in swap), which root can read through /proc/PID/mem; the better kind could not be had: no",
            SecretArenaText.Describe(SecretArenaKind.LockedMemory, isWindows: false, isLeftOutOfReports: true, "no"));
    }

    [Fact]
    public void On_Windows_it_claims_the_crash_report_only_where_that_holds()
    {
        const string Known = "which an administrator can read with a debugger and which hibernation writes to the disk";
        Assert.Equal(
            $"secrets are in locked memory (not in the page file, not in Windows' crash reports), {Known}; the better kind could not be had: {SecretArenaText.NoneOnWindows}",
            SecretArenaText.Describe(SecretArenaKind.LockedMemory, isWindows: true, isLeftOutOfReports: true, SecretArenaText.NoneOnWindows));
        Assert.Equal(
            $"secrets are in locked memory (not in the page file, but in Windows' crash reports, from which this system cannot leave them out), {Known}",
            SecretArenaText.Describe(SecretArenaKind.LockedMemory, isWindows: true, isLeftOutOfReports: false, null));
    }

    [Theory]
    [InlineData(Kernel32.ERROR_WORKING_SET_QUOTA, true)]
    [InlineData(Kernel32.ERROR_NOT_ENOUGH_MEMORY, true)]
    [InlineData(Kernel32.ERROR_ACCESS_DENIED, false)]
    public void A_limit_of_Windows_is_told_with_what_to_change(int error, bool hasAdvice)
    {
        var message = SecretMemoryException.FromWindows("VirtualLock", error).Message;
        Assert.StartsWith("VirtualLock failed: ", message, StringComparison.Ordinal);
        Assert.Equal(hasAdvice, message.Contains("SeIncreaseWorkingSetPrivilege", StringComparison.Ordinal));
    }
}
