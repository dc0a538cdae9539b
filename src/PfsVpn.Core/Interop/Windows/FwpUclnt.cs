using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Management of the Windows Filtering Platform: <c>fwpmu.h</c>. All functions return 0 (ERROR_SUCCESS), an FWP_E_ code, or a code of RPC where the base filtering engine does not run.</summary>
/// <remarks>
/// References: Microsoft's pages FwpmEngineOpen0, FwpmTransactionBegin0, FwpmFilterAdd0, FwpmFilterEnum0, FwpmGetAppIdFromFileName0. Administrators only.
/// Threading: a session is used by one thread at a time.
/// </remarks>
internal static unsafe partial class FwpUclnt
{
    private const string Library = "fwpuclnt.dll";

    /// <summary>Opens a session with the engine of this machine.</summary>
    /// <param name="serverName">Null.</param>
    /// <param name="authnService">RPC_C_AUTHN_WINNT or RPC_C_AUTHN_DEFAULT.</param>
    /// <param name="authIdentity">Null: the caller's own.</param>
    /// <param name="session">Options, or null.</param>
    /// <param name="engineHandle">The session, closed by FwpmEngineClose0.</param>
    [LibraryImport(Library)]
    public static partial uint FwpmEngineOpen0(char* serverName, uint authnService, void* authIdentity, FWPM_SESSION0* session, nint* engineHandle);

    [LibraryImport(Library)]
    public static partial uint FwpmEngineClose0(nint engineHandle);

    /// <summary>Begins a transaction that may write (<paramref name="flags"/> 0).</summary>
    [LibraryImport(Library)]
    public static partial uint FwpmTransactionBegin0(nint engineHandle, uint flags);

    [LibraryImport(Library)]
    public static partial uint FwpmTransactionCommit0(nint engineHandle);

    [LibraryImport(Library)]
    public static partial uint FwpmTransactionAbort0(nint engineHandle);

    [LibraryImport(Library)]
    public static partial uint FwpmProviderAdd0(nint engineHandle, FWPM_PROVIDER0* provider, void* sd);

    [LibraryImport(Library)]
    public static partial uint FwpmProviderGetByKey0(nint engineHandle, Guid* key, FWPM_PROVIDER0** provider);

    [LibraryImport(Library)]
    public static partial uint FwpmProviderDeleteByKey0(nint engineHandle, Guid* key);

    [LibraryImport(Library)]
    public static partial uint FwpmSubLayerAdd0(nint engineHandle, FWPM_SUBLAYER0* subLayer, void* sd);

    [LibraryImport(Library)]
    public static partial uint FwpmSubLayerGetByKey0(nint engineHandle, Guid* key, FWPM_SUBLAYER0** subLayer);

    [LibraryImport(Library)]
    public static partial uint FwpmSubLayerDeleteByKey0(nint engineHandle, Guid* key);

    [LibraryImport(Library)]
    public static partial uint FwpmFilterAdd0(nint engineHandle, FWPM_FILTER0* filter, void* sd, ulong* id);

    [LibraryImport(Library)]
    public static partial uint FwpmFilterDeleteById0(nint engineHandle, ulong id);

    /// <summary>Begins an enumeration; without a template of all filters.</summary>
    [LibraryImport(Library)]
    public static partial uint FwpmFilterCreateEnumHandle0(nint engineHandle, void* enumTemplate, nint* enumHandle);

    /// <summary>The next filters; none returned at the end. The array is freed by FwpmFreeMemory0.</summary>
    [LibraryImport(Library)]
    public static partial uint FwpmFilterEnum0(nint engineHandle, nint enumHandle, uint numEntriesRequested, FWPM_FILTER0*** entries, uint* numEntriesReturned);

    [LibraryImport(Library)]
    public static partial uint FwpmFilterDestroyEnumHandle0(nint engineHandle, nint enumHandle);

    /// <summary>What FWPM_CONDITION_ALE_APP_ID is compared with: the device path of a program in lower case. Freed by FwpmFreeMemory0.</summary>
    [LibraryImport(Library)]
    public static partial uint FwpmGetAppIdFromFileName0(char* fileName, FWP_BYTE_BLOB** appId);

    /// <summary>Frees what this library returned, and sets the pointer to null.</summary>
    [LibraryImport(Library)]
    public static partial void FwpmFreeMemory0(void** p);
}
