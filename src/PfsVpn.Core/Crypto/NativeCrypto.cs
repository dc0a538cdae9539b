using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using PfsVpn.Interop;

namespace PfsVpn.Crypto;

/// <summary>The native library that the cryptography needs, for a program that wants to know at its start whether it is there.</summary>
/// <remarks>Threading: safe from any thread. Nothing else has to be called first: the library loads itself at its first use.</remarks>
internal static class NativeCrypto
{
    /// <summary>Loads and checks libsodium. Without this call, a library that is missing shows as a <see cref="TypeInitializationException"/> at its first use.</summary>
    /// <exception cref="DllNotFoundException">libsodium is not installed; the message names the package.</exception>
    /// <exception cref="InvalidOperationException">libsodium does not work, or is another than this program was written for.</exception>
    public static void Load()
    {
        // Outside of a class constructor, so that what is wrong with the file is thrown as what it is.
        SodiumLibrary.Load();
        try
        {
            RuntimeHelpers.RunClassConstructor(typeof(Sodium).TypeHandle);
        }
        catch (TypeInitializationException exception) when (exception.InnerException is not null)
        {
            ExceptionDispatchInfo.Throw(exception.InnerException);
        }
    }
}
