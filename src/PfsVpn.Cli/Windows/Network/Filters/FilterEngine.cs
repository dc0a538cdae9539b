using System.ComponentModel;
using System.Globalization;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Cli.Windows.Network.Filters;

/// <summary>The Windows Filtering Platform.</summary>
/// <remarks>References: Microsoft's page "Windows Filtering Platform". Each call opens a session of its own and closes it again. Threading: any thread.</remarks>
internal sealed unsafe class FilterEngine : IFilterEngine
{
    /// <summary>How long another program's transaction is waited for, milliseconds.</summary>
    private const uint Patience = 10_000;

    private const uint ERROR_ACCESS_DENIED = 5, Portion = 64;

    private FilterEngine()
    {
    }

    /// <summary>The one instance.</summary>
    public static FilterEngine Instance { get; } = new();

    /// <inheritdoc/>
    public bool Has(FilterPurpose purpose, string name)
    {
        if (!Environment.IsPrivilegedProcess) return false;
        if (TryOpen(out var engine) is var error and not 0) return IsAbsent(error) ? false : throw Failure("be asked", error);
        try
        {
            return HasSublayer(engine, FilterSet.KeyOf(purpose, name));
        }
        finally
        {
            _ = FwpUclnt.FwpmEngineClose0(engine);
        }
    }

    /// <inheritdoc/>
    public void Replace(FilterSet set)
    {
        using var memory = new FilterMemory(AppId);
        Change(engine =>
        {
            DeleteFilters(engine, set.Key);
            var provider = FilterSet.Provider;
            FwpUclnt.FWPM_PROVIDER0* found;
            if (FwpUclnt.FwpmProviderGetByKey0(engine, &provider, &found) == 0) FwpUclnt.FwpmFreeMemory0((void**)&found);
            else Check("take a provider", FwpUclnt.FwpmProviderAdd0(engine, memory.Provider(), null));
            if (!HasSublayer(engine, set.Key)) Check("take a sublayer", FwpUclnt.FwpmSubLayerAdd0(engine, memory.Sublayer(set), null));
            foreach (var rule in set.Rules)
            {
                ulong id;
                Check($"take the filter \"{rule}\"", FwpUclnt.FwpmFilterAdd0(engine, memory.Filter(set, rule), null, &id));
            }
        });
    }

    /// <inheritdoc/>
    public void Remove(FilterPurpose purpose, string name)
    {
        var key = FilterSet.KeyOf(purpose, name);
        Change(engine =>
        {
            DeleteFilters(engine, key);
            var (sublayer, provider) = (key, FilterSet.Provider);
            if (FwpUclnt.FwpmSubLayerDeleteByKey0(engine, &sublayer) is var error and not (0 or FwpUclnt.FWP_E_SUBLAYER_NOT_FOUND)) throw Failure("delete a sublayer", error);
            // Other sets keep it.
            if (FwpUclnt.FwpmProviderDeleteByKey0(engine, &provider) is var kept and not (0 or FwpUclnt.FWP_E_IN_USE or FwpUclnt.FWP_E_PROVIDER_NOT_FOUND)) throw Failure("delete a provider", kept);
        });
    }

    private static void Change(Action<nint> change)
    {
        if (TryOpen(out var engine) is var refused and not 0) throw Failure("be opened", refused);
        try
        {
            Check("begin a transaction", FwpUclnt.FwpmTransactionBegin0(engine, 0));
            var isDone = false;
            try
            {
                change(engine);
                Check("end a transaction", FwpUclnt.FwpmTransactionCommit0(engine));
                isDone = true;
            }
            finally
            {
                if (!isDone) _ = FwpUclnt.FwpmTransactionAbort0(engine);
            }
        }
        finally
        {
            _ = FwpUclnt.FwpmEngineClose0(engine);
        }
    }

    private static uint TryOpen(out nint engine)
    {
        var session = new FwpUclnt.FWPM_SESSION0 { txnWaitTimeoutInMSec = Patience };
        nint handle = 0;
        var error = FwpUclnt.FwpmEngineOpen0(null, FwpUclnt.RPC_C_AUTHN_WINNT, null, &session, &handle);
        engine = handle;
        return error;
    }

    private static bool HasSublayer(nint engine, Guid key)
    {
        FwpUclnt.FWPM_SUBLAYER0* found;
        var error = FwpUclnt.FwpmSubLayerGetByKey0(engine, &key, &found);
        if (error == FwpUclnt.FWP_E_SUBLAYER_NOT_FOUND) return false;
        Check("find a sublayer", error);
        FwpUclnt.FwpmFreeMemory0((void**)&found);
        return true;
    }

    /// <summary>Deletes all filters of a sublayer, whoever put them there: a sublayer cannot go before them.</summary>
    private static void DeleteFilters(nint engine, Guid sublayer)
    {
        foreach (var id in FiltersOf(engine, sublayer))
            if (FwpUclnt.FwpmFilterDeleteById0(engine, id) is var error and not (0 or FwpUclnt.FWP_E_FILTER_NOT_FOUND)) throw Failure("delete a filter", error);
    }

    private static List<ulong> FiltersOf(nint engine, Guid sublayer)
    {
        var ids = new List<ulong>();
        nint enumeration;
        Check("list its filters", FwpUclnt.FwpmFilterCreateEnumHandle0(engine, null, &enumeration));
        try
        {
            while (true)
            {
                FwpUclnt.FWPM_FILTER0** entries;
                uint count;
                Check("list its filters", FwpUclnt.FwpmFilterEnum0(engine, enumeration, Portion, &entries, &count));
                for (var i = 0u; i < count; i++)
                    if (entries[i]->subLayerKey == sublayer) ids.Add(entries[i]->filterId);
                FwpUclnt.FwpmFreeMemory0((void**)&entries);
                if (count == 0) return ids;
            }
        }
        finally
        {
            _ = FwpUclnt.FwpmFilterDestroyEnumHandle0(engine, enumeration);
        }
    }

    private static byte[] AppId(string path)
    {
        FwpUclnt.FWP_BYTE_BLOB* blob;
        fixed (char* text = path) Check($"find {path}", FwpUclnt.FwpmGetAppIdFromFileName0(text, &blob));
        try
        {
            return new ReadOnlySpan<byte>(blob->data, (int)blob->size).ToArray();
        }
        finally
        {
            FwpUclnt.FwpmFreeMemory0((void**)&blob);
        }
    }

    private static void Check(string what, uint error)
    {
        if (error != 0) throw Failure(what, error);
    }

    private static bool IsAbsent(uint error) => error is FwpUclnt.RPC_S_SERVER_UNAVAILABLE or FwpUclnt.EPT_S_NOT_REGISTERED or FwpUclnt.RPC_S_CANNOT_SUPPORT;

    private static CliException Failure(string what, uint error)
    {
        var reason = IsAbsent(error) ? "the service Base Filtering Engine (BFE) does not run"
            : error == ERROR_ACCESS_DENIED ? "only administrators may"
            : new Win32Exception((int)error).Message.TrimEnd('.');
        return new CliException(string.Create(CultureInfo.InvariantCulture, $"the Windows Filtering Platform cannot {what}: {reason} (0x{error:x8})"));
    }
}
