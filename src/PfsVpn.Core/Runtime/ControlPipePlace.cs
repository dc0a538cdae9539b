namespace PfsVpn.Runtime;

/// <summary>Where the control pipes of interfaces are, and who may open them.</summary>
/// <param name="Prefix">What comes before the interface's name.</param>
/// <param name="Security">The security descriptor of the pipe, in the security descriptor definition language.</param>
/// <remarks>References: Microsoft's pages "Pipe Names" and "Security Descriptor String Format".</remarks>
internal sealed record ControlPipePlace(string Prefix, string Security)
{
    /// <summary>
    /// Where <c>wg.exe</c> looks. Only administrators can make a name with this prefix. The owner is SYSTEM, which <c>wg.exe</c> requires; SYSTEM and administrators may do
    /// everything, nobody else anything, and no program of less than high integrity may read, write or execute.
    /// </summary>
    public static ControlPipePlace System { get; } = new(
        @"\\.\pipe\ProtectedPrefix\Administrators\WireGuard\",
        "O:SYD:P(A;;GA;;;SY)(A;;GA;;;BA)S:(ML;;NWNRNX;;;HI)");

    /// <summary>The longest name of a pipe, the prefix <c>\\.\pipe\</c> included, in UTF-16 units.</summary>
    public const int LongestName = 256;

    /// <summary>The pipe of an interface.</summary>
    /// <exception cref="ControlSocketException">The name cannot be part of a pipe's.</exception>
    public string NameOf(string interfaceName)
    {
        if (interfaceName.Length == 0 || interfaceName.AsSpan().ContainsAny('\\', '/') || interfaceName.AsSpan().ContainsAnyInRange('\0', '\u001f'))
            throw new ControlSocketException($"'{interfaceName}' cannot be the name of an interface.");
        var name = Prefix + interfaceName;
        if (name.Length > LongestName) throw new ControlSocketException($"The name of the control pipe, {name}, is longer than the {LongestName} characters that a pipe can have.");
        return name;
    }
}
