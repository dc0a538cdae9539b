using System.Buffers.Binary;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Cli.Windows.Network.Filters;

/// <summary>The security descriptor that a process is compared with: the system's and administrators' with all rights match, others do not.</summary>
/// <remarks>
/// References: Microsoft's pages SECURITY_DESCRIPTOR, ACL, ACCESS_ALLOWED_ACE, SID ([MS-DTYP] §2.4). Self-relative, as "O:SYG:SYD:(A;;CC;;;SY)(A;;CC;;;BA)" is. Pure.
/// </remarks>
internal static class FilterOwner
{
    private const int HeadSize = 20, AclHeadSize = 8, AceHeadSize = 8;
    private const ushort SE_DACL_PRESENT = 0x0004, SE_SELF_RELATIVE = 0x8000;

    /// <summary>S-1-5-18.</summary>
    private static readonly byte[] LocalSystem = [1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0];

    /// <summary>S-1-5-32-544.</summary>
    private static readonly byte[] Administrators = [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0];

    /// <summary>Its bytes.</summary>
    public static byte[] Descriptor()
    {
        var acl = AclHeadSize + AceHeadSize + LocalSystem.Length + AceHeadSize + Administrators.Length;
        var bytes = new byte[HeadSize + LocalSystem.Length + LocalSystem.Length + acl];
        var (owner, group, list) = (HeadSize, HeadSize + LocalSystem.Length, HeadSize + (2 * LocalSystem.Length));
        bytes[0] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), SE_SELF_RELATIVE | SE_DACL_PRESENT);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), owner);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), group);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), list);
        LocalSystem.CopyTo(bytes, owner);
        LocalSystem.CopyTo(bytes, group);
        // ACL: revision 2, size, number of entries.
        bytes[list] = 2;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(list + 2), (ushort)acl);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(list + 4), 2);
        WriteAllowed(bytes.AsSpan(list + AclHeadSize), LocalSystem);
        WriteAllowed(bytes.AsSpan(list + AclHeadSize + AceHeadSize + LocalSystem.Length), Administrators);
        return bytes;
    }

    /// <summary>ACCESS_ALLOWED_ACE: type 0, no flags, size, mask, SID.</summary>
    private static void WriteAllowed(Span<byte> entry, byte[] sid)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(entry[2..], (ushort)(AceHeadSize + sid.Length));
        BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], FwpUclnt.FWP_ACTRL_MATCH_FILTER);
        sid.CopyTo(entry[AceHeadSize..]);
    }
}
