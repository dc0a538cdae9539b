using System.Runtime.InteropServices;

// Windows' own libraries come from the system's folder: neither from the program's, nor the current one, nor PATH. Linux has no such folder, and its loader's own paths hold.
// What comes with the programs is loaded by PfsVpn.Interop.Windows.CheckedLibrary.
[assembly: DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
