using System.ComponentModel;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

// Windows' own libraries come from the system's folder: neither from the program's, nor the current one, nor PATH. Linux has no such folder, and its loader's own paths hold.
[assembly: DefaultDllImportSearchPaths(DllImportSearchPath.System32)]

namespace PfsVpn.Interop.Windows;

/// <summary>Loads a library that came with this program: from the program's folder and nowhere else, and only when it is the very file that it should be.</summary>
/// <remarks>
/// References: Microsoft's pages LoadLibraryExW, WinVerifyTrust. Neither PATH nor the current folder is looked at. Whoever publishes the programs gives the SHA-256 of each
/// library (<c>-p:LibsodiumSha256=</c>), which is compiled in; an application gives them as metadata of its own assembly. Where there is none, a valid Authenticode signature is required.
/// Safety: the file is open without sharing writes or deletion from before the check until after the load, so that nobody exchanges it in between.
/// Threading: safe from any thread. Errors: <see cref="DllNotFoundException"/> with what is missing or wrong, and what to do.
/// </remarks>
internal static unsafe class CheckedLibrary
{
    /// <summary>The SHA-256 in hexadecimal that was compiled in under this name: into this library, or else into the program that uses it; null for none.</summary>
    public static string? CompiledHash(string key) => HashIn(typeof(CheckedLibrary).Assembly, key) ?? HashIn(Assembly.GetEntryAssembly(), key);

    /// <summary>The same for one assembly.</summary>
    internal static string? HashIn(Assembly? assembly, string key) => assembly?.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(data => data.Key == key)?.Value;

    /// <summary>Checks and loads a library. It stays loaded.</summary>
    /// <param name="fileName">The name of the file in the program's folder.</param>
    /// <param name="sha256">Its SHA-256 in hexadecimal; null where a signature has to do.</param>
    /// <param name="remedy">What to do where it is missing; null where it came with the program.</param>
    /// <returns>The module, for <see cref="NativeLibrary.GetExport"/>.</returns>
    /// <exception cref="DllNotFoundException">It is not there, not the right one, or cannot be loaded.</exception>
    public static nint Load(string fileName, string? sha256, string? remedy = null)
    {
        var path = Path.Combine(AppContext.BaseDirectory, fileName);
        using var file = remedy is null ? LibraryFile.Open(path) : LibraryFile.Open(path, remedy);
        if (sha256 is not null) LibraryFile.RequireHash(file, path, sha256);
        else RequireSignature(file, path);
        fixed (char* text = path)
        {
            var module = Kernel32.LoadLibraryExW(text, 0, Kernel32.LOAD_LIBRARY_SEARCH_SYSTEM32);
            if (module != 0) return module;
        }
        var error = Marshal.GetLastPInvokeError();
        throw new DllNotFoundException($"{path} cannot be loaded: {new Win32Exception(error).Message.TrimEnd('.')}. Install PfsVpn again, for this kind of processor.");
    }

    private static void RequireSignature(SafeFileHandle file, string path)
    {
        int result;
        fixed (char* text = path)
        {
            var subject = new WinTrust.WINTRUST_FILE_INFO { cbStruct = (uint)sizeof(WinTrust.WINTRUST_FILE_INFO), pcwszFilePath = text, hFile = file.DangerousGetHandle() };
            var data = new WinTrust.WINTRUST_DATA
            {
                cbStruct = (uint)sizeof(WinTrust.WINTRUST_DATA),
                dwUIChoice = WinTrust.WTD_UI_NONE,
                fdwRevocationChecks = WinTrust.WTD_REVOKE_NONE,
                dwUnionChoice = WinTrust.WTD_CHOICE_FILE,
                pFile = &subject,
                dwStateAction = WinTrust.WTD_STATEACTION_VERIFY,
                // A tunnel that is about to start has no network to ask.
                dwProvFlags = WinTrust.WTD_CACHE_ONLY_URL_RETRIEVAL,
            };
            var action = WinTrust.WINTRUST_ACTION_GENERIC_VERIFY_V2;
            result = WinTrust.WinVerifyTrust(WinTrust.NoWindow, &action, &data);
            data.dwStateAction = WinTrust.WTD_STATEACTION_CLOSE;
            _ = WinTrust.WinVerifyTrust(WinTrust.NoWindow, &action, &data);
        }
        if (result == 0) return;
        var why = result == WinTrust.TRUST_E_NOSIGNATURE ? "it is not signed" : $"its signature is not valid (error {result:X8})";
        throw new DllNotFoundException(
            $"{path} is not loaded: {why}, and these programs were built without its SHA-256. Put the file of its makers there, or publish the programs with the property that gives its SHA-256.");
    }
}
