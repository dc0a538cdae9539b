using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.InteropServices;

namespace PfsVpn.Interop;

/// <summary>The libraries that this assembly loads by rules of its own: the one resolver that the runtime allows an assembly, and what it knows.</summary>
/// <remarks>
/// Use: the class that binds a library says in its static constructor how it is loaded. Names that nobody has registered are left to the runtime.
/// Threading: any. Each library is loaded once; a load that fails is tried again by the next call.
/// </remarks>
internal static class NativeLibraries
{
    private static readonly ConcurrentDictionary<string, Func<nint>> Loaders = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, nint> Loaded = new(StringComparer.Ordinal);
    private static readonly Lock Gate = new();

    static NativeLibraries() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, Resolve);

    /// <summary>Says how the library that LibraryImport calls <paramref name="name"/> is loaded.</summary>
    /// <param name="name">Exactly as it stands in LibraryImport.</param>
    /// <param name="load">Returns the handle, or throws <see cref="DllNotFoundException"/> with what is wrong and what to do.</param>
    public static void Register(string name, Func<nint> load) => Loaders[name] = load;

    /// <summary>Loads a registered library now, so that what is wrong with it is thrown here and not by the first function that is called.</summary>
    /// <exception cref="DllNotFoundException">It is missing, or not the one that it should be.</exception>
    public static nint Load(string name)
    {
        if (Loaded.TryGetValue(name, out var known)) return known;
        lock (Gate)
        {
            if (Loaded.TryGetValue(name, out known)) return known;
            return Loaded[name] = Loaders[name]();
        }
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => Loaders.ContainsKey(name) ? Load(name) : 0;
}
