using System.Text;
using PfsVpn.Configuration;

namespace PfsVpn.Daemon;

/// <summary>What Linux takes as the name of an interface (<c>dev_valid_name</c> in the kernel); on Windows what can be the name of a tunnel's file, too.</summary>
internal static class InterfaceName
{
    /// <summary>IFNAMSIZ without the closing zero.</summary>
    private const int LongestInBytes = 15;

    /// <summary>What is wrong with <paramref name="name"/>, or null.</summary>
    public static string? Refusal(string name)
    {
        if (name.Length == 0) return "the interface's name is empty";
        if (OperatingSystem.IsWindows())
        {
            return TunnelFile.IsInterfaceName(name) ? null
                : $"\"{Printable(name)}\" cannot be the name of an interface: 1 to {TunnelFile.LongestInterfaceName} letters, digits or _=+.- and no name of a device such as CON or NUL";
        }
        var length = Encoding.UTF8.GetByteCount(name);
        if (length > LongestInBytes) return $"the interface's name \"{Printable(name)}\" has {length} bytes, at most {LongestInBytes} are possible";
        if (name is "." or "..") return $"\"{name}\" cannot be the name of an interface";
        foreach (var character in name)
        {
            if (character is '/' or ':' || char.IsWhiteSpace(character) || char.IsControl(character))
                return $"the interface's name \"{Printable(name)}\" contains '{(char.IsControl(character) ? '?' : character)}'; '/', ':', blanks and control characters are not possible";
        }
        return null;
    }

    private static string Printable(string name) => string.Concat(name.Select(static character => char.IsControl(character) ? '?' : character));
}
