using System.Globalization;

namespace PfsVpn.Configuration;

/// <summary>Why a request of the control interface was refused: for the log. Never holds a secret.</summary>
/// <param name="Errno">One of <see cref="UapiErrno"/>, not zero.</param>
/// <param name="Line">The line of the request, counted from 1, the line of the operation.</param>
/// <param name="Key">The key of that line, or null where it has none that may be shown.</param>
/// <param name="Reason">What is wrong and what would be right.</param>
internal sealed record UapiError(int Errno, int Line, string? Key, string Reason)
{
    /// <summary>One line for a person: <c>line 7, endpoint: ...</c>.</summary>
    public override string ToString() => Key is null
        ? string.Create(CultureInfo.InvariantCulture, $"line {Line}: {Reason} ({UapiErrno.NameOf(Errno)})")
        : string.Create(CultureInfo.InvariantCulture, $"line {Line}, {Key}: {Reason} ({UapiErrno.NameOf(Errno)})");
}
