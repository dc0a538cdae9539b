using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Signatures of programs: <c>wintrust.h</c>.</summary>
/// <remarks>References: Microsoft's pages WinVerifyTrust, WINTRUST_DATA, WINTRUST_FILE_INFO.</remarks>
internal static unsafe partial class WinTrust
{
    public const uint WTD_UI_NONE = 2, WTD_REVOKE_NONE = 0, WTD_CHOICE_FILE = 1, WTD_STATEACTION_VERIFY = 1, WTD_STATEACTION_CLOSE = 2;
    public const uint WTD_CACHE_ONLY_URL_RETRIEVAL = 0x1000;
    public const int TRUST_E_NOSIGNATURE = unchecked((int)0x800B0100);

    /// <summary>No window: INVALID_HANDLE_VALUE asks nobody.</summary>
    public const nint NoWindow = -1;

    /// <summary>WINTRUST_ACTION_GENERIC_VERIFY_V2.</summary>
    public static readonly Guid WINTRUST_ACTION_GENERIC_VERIFY_V2 = new("00AAC56B-CD44-11D0-8CC2-00C04FC295EE");

    /// <summary>0 for a signature that holds, up to a root that this machine trusts; else an HRESULT.</summary>
    [LibraryImport("wintrust.dll")]
    public static partial int WinVerifyTrust(nint window, Guid* action, WINTRUST_DATA* data);

    /// <summary>32 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct WINTRUST_FILE_INFO
    {
        public uint cbStruct;
        public char* pcwszFilePath;
        public nint hFile;
        public Guid* pgKnownSubject;
    }

    /// <summary>88 bytes: with the signature settings of Windows 8.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct WINTRUST_DATA
    {
        public uint cbStruct;
        public nint pPolicyCallbackData;
        public nint pSIPClientData;
        public uint dwUIChoice;
        public uint fdwRevocationChecks;
        public uint dwUnionChoice;
        public WINTRUST_FILE_INFO* pFile;
        public uint dwStateAction;
        public nint hWVTStateData;
        public char* pwszURLReference;
        public uint dwProvFlags;
        public uint dwUIContext;
        public nint pSignatureSettings;
    }
}
