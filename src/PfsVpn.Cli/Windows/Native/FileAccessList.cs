using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;

namespace PfsVpn.Cli.Windows.Native;

/// <summary>Who may use a file or folder, and files and folders that only the system and administrators may; where a plain user makes them, he too.</summary>
/// <remarks>References: Microsoft's pages Security Descriptor String Format and Well-known SIDs.</remarks>
[SupportedOSPlatform("windows")]
internal static class FileAccessList
{
    /// <summary>For the system and administrators, and nobody else; handed on to all that is made in the folder. Nothing comes from the folder above.</summary>
    public const string PrivateFolder = "O:BAG:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)";

    /// <summary>The same for a file.</summary>
    public const string PrivateFile = "O:BAG:BAD:PAI(A;;FA;;;SY)(A;;FA;;;BA)";

    private static readonly WellKnownSidType[] Many =
    [
        WellKnownSidType.WorldSid, WellKnownSidType.AuthenticatedUserSid, WellKnownSidType.BuiltinUsersSid, WellKnownSidType.BuiltinGuestsSid, WellKnownSidType.InteractiveSid,
        WellKnownSidType.NetworkSid, WellKnownSidType.AnonymousSid, WellKnownSidType.AccountDomainUsersSid,
    ];

    /// <summary>Whether a group to which everybody belongs has a right to a file, or to a folder or what is made in it. What cannot be looked at is not open.</summary>
    public static bool IsOpenToOthers(string path, FileSystemRights right)
    {
        try
        {
            var rules = SecurityOf(path, AccessControlSections.Access).GetAccessRules(includeExplicit: true, includeInherited: true, typeof(SecurityIdentifier));
            return rules.OfType<FileSystemAccessRule>().Any(rule => rule.AccessControlType == AccessControlType.Allow
                && rule.FileSystemRights.HasFlag(right) && rule.IdentityReference is SecurityIdentifier who && Array.Exists(Many, who.IsWellKnown));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or InvalidOperationException or PrivilegeNotHeldException)
        {
            return false;
        }
    }

    private static FileSystemSecurity SecurityOf(string path, AccessControlSections parts) => Directory.Exists(path) ? new DirectorySecurity(path, parts) : new FileSecurity(path, parts);

    /// <summary>For a plain user besides, who cannot make anything that is not his.</summary>
    private static string Own(string inheritance)
    {
        using var user = WindowsIdentity.GetCurrent();
        return ForUser(user.User?.Value ?? "OW", inheritance);
    }

    /// <summary>The descriptor for a user by his SID.</summary>
    internal static string ForUser(string sid, string inheritance) => $"D:PAI(A;{inheritance};FA;;;SY)(A;{inheritance};FA;;;BA)(A;{inheritance};FA;;;{sid})";

    /// <summary>Makes a folder for the system and administrators alone where there is none, those above it as they come. One that is there already is left as it is.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    public static void CreatePrivateFolder(string path)
    {
        if (Directory.Exists(path)) return;
        if (Path.GetDirectoryName(path) is { Length: > 0 } above) Directory.CreateDirectory(above);
        var security = new DirectorySecurity();
        security.SetSecurityDescriptorSddlForm(Environment.IsPrivilegedProcess ? PrivateFolder : Own("OICI"));
        security.CreateDirectory(path);
    }

    /// <summary>Whether a folder is for the system and administrators alone.</summary>
    /// <exception cref="IOException">It cannot be looked at.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be looked at.</exception>
    public static bool IsPrivate(string path)
    {
        var security = new DirectoryInfo(path).GetAccessControl(AccessControlSections.Access);
        return security.AreAccessRulesProtected && security.GetAccessRules(includeExplicit: true, includeInherited: true, typeof(SecurityIdentifier)).OfType<FileSystemAccessRule>()
            .All(static rule => rule.IdentityReference is SecurityIdentifier who && (who.IsWellKnown(WellKnownSidType.LocalSystemSid) || who.IsWellKnown(WellKnownSidType.BuiltinAdministratorsSid)));
    }

    /// <summary>Makes a folder that is there, and what is in it, one for the system and administrators alone.</summary>
    /// <exception cref="IOException">It cannot be changed.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be changed.</exception>
    public static void MakePrivate(string path)
    {
        var security = new DirectorySecurity();
        security.SetSecurityDescriptorSddlForm(PrivateFolder, AccessControlSections.Access);
        new DirectoryInfo(path).SetAccessControl(security);
    }

    /// <summary>Whether a file or folder belongs to the system, to administrators or to this user, and is no way to another place.</summary>
    /// <exception cref="IOException">It cannot be looked at.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be looked at.</exception>
    public static bool IsOfAdministrators(string path)
    {
        if (File.GetAttributes(path).HasFlag(FileAttributes.ReparsePoint) || SecurityOf(path, AccessControlSections.Owner).GetOwner(typeof(SecurityIdentifier)) is not SecurityIdentifier owner) return false;
        using var user = WindowsIdentity.GetCurrent();
        return owner.IsWellKnown(WellKnownSidType.LocalSystemSid) || owner.IsWellKnown(WellKnownSidType.BuiltinAdministratorsSid) || owner == user.User || owner == user.Owner;
    }

    /// <summary>Makes a new file for the system and administrators alone, to be written.</summary>
    /// <exception cref="IOException">There is one, or it cannot be made.</exception>
    public static FileStream CreatePrivateFile(string path)
    {
        var security = new FileSecurity();
        security.SetSecurityDescriptorSddlForm(Environment.IsPrivilegedProcess ? PrivateFile : Own(""));
        return new FileInfo(path).Create(FileMode.CreateNew, FileSystemRights.Write | FileSystemRights.ReadData, FileShare.Read, bufferSize: 1, FileOptions.None, security);
    }
}
