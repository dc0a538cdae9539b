namespace PfsVpn.Configuration;

/// <summary>An operation of the control interface.</summary>
internal enum UapiOperation
{
    /// <summary>None that is known.</summary>
    None,

    /// <summary><c>get=1</c>.</summary>
    Get,

    /// <summary><c>set=1</c>.</summary>
    Set,

    /// <summary><c>status=1</c>, PfsVpn's own: one line of JSON.</summary>
    Status,
}

/// <summary>One request, whole: to be carried out, or, with an error, to be answered only.</summary>
/// <param name="Operation">What is asked.</param>
/// <param name="Change">What a set asks for, owned by whoever got the request; null for everything else and for an error.</param>
/// <param name="Error">Why the request is refused, or null.</param>
/// <param name="IsLast">Nothing behind this request can be understood: the connection ends with the answer.</param>
internal readonly record struct UapiRequest(UapiOperation Operation, DeviceChange? Change = null, UapiError? Error = null, bool IsLast = false);
