using System.Runtime.InteropServices;
using PfsVpn.Interop.Windows;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Windows.Network.Filters;

/// <summary>Turns filters into the structures of the filtering platform, in memory of its own that stays where it is until it is disposed.</summary>
/// <param name="appId">What Windows calls a program's file; asked once for each.</param>
/// <remarks>Threading: one thread. It calls nothing of Windows by itself.</remarks>
internal sealed unsafe class FilterMemory(Func<string, byte[]> appId) : IDisposable
{
    private readonly List<nint> _blocks = [];
    private readonly Dictionary<string, nint> _programs = new(StringComparer.Ordinal);
    private FwpUclnt.FWP_BYTE_BLOB* _owner;

    /// <summary>A filter of a set.</summary>
    public FwpUclnt.FWPM_FILTER0* Filter(FilterSet set, FilterRule rule)
    {
        var filter = Allocate<FwpUclnt.FWPM_FILTER0>();
        filter->displayData = Display($"{set.Name}: {rule.Name}", rule.ToString());
        filter->flags = (set.IsPersistent ? FwpUclnt.FWPM_FILTER_FLAG_PERSISTENT : 0) | (rule.IsFinal ? FwpUclnt.FWPM_FILTER_FLAG_CLEAR_ACTION_RIGHT : 0);
        filter->providerKey = Key(FilterSet.Provider);
        filter->layerKey = KeyOf(rule.Layer);
        filter->subLayerKey = set.Key;
        filter->weight = new FwpUclnt.FWP_VALUE0 { type = FwpUclnt.FWP_UINT8, uint8 = rule.Weight };
        filter->action.type = rule.Permits ? FwpUclnt.FWP_ACTION_PERMIT : FwpUclnt.FWP_ACTION_BLOCK;
        filter->numFilterConditions = (uint)rule.Conditions.Count;
        filter->filterCondition = Allocate<FwpUclnt.FWPM_FILTER_CONDITION0>(rule.Conditions.Count);
        for (var i = 0; i < rule.Conditions.Count; i++) Fill(&filter->filterCondition[i], rule.Conditions[i]);
        return filter;
    }

    /// <summary>The sublayer of a set: the heaviest, asked first.</summary>
    public FwpUclnt.FWPM_SUBLAYER0* Sublayer(FilterSet set)
    {
        var sublayer = Allocate<FwpUclnt.FWPM_SUBLAYER0>();
        sublayer->subLayerKey = set.Key;
        sublayer->displayData = Display(set.Name, "");
        sublayer->flags = set.IsPersistent ? FwpUclnt.FWPM_SUBLAYER_FLAG_PERSISTENT : 0;
        sublayer->providerKey = Key(FilterSet.Provider);
        sublayer->weight = ushort.MaxValue;
        return sublayer;
    }

    /// <summary>The provider, which persists: what persists needs one that does.</summary>
    public FwpUclnt.FWPM_PROVIDER0* Provider()
    {
        var provider = Allocate<FwpUclnt.FWPM_PROVIDER0>();
        provider->providerKey = FilterSet.Provider;
        provider->displayData = Display("PfsVpn", "");
        provider->flags = FwpUclnt.FWPM_PROVIDER_FLAG_PERSISTENT;
        return provider;
    }

    /// <summary>The key of a layer.</summary>
    public static Guid KeyOf(FilterLayer layer) => layer switch
    {
        FilterLayer.ConnectV4 => FwpUclnt.FWPM_LAYER_ALE_AUTH_CONNECT_V4,
        FilterLayer.ConnectV6 => FwpUclnt.FWPM_LAYER_ALE_AUTH_CONNECT_V6,
        FilterLayer.AcceptV4 => FwpUclnt.FWPM_LAYER_ALE_AUTH_RECV_ACCEPT_V4,
        FilterLayer.AcceptV6 => FwpUclnt.FWPM_LAYER_ALE_AUTH_RECV_ACCEPT_V6,
        FilterLayer.ForwardV4 => FwpUclnt.FWPM_LAYER_IPFORWARD_V4,
        _ => FwpUclnt.FWPM_LAYER_IPFORWARD_V6,
    };

    /// <summary>The key of a field.</summary>
    public static Guid KeyOf(FilterField field) => field switch
    {
        FilterField.Loopback => FwpUclnt.FWPM_CONDITION_FLAGS,
        FilterField.LocalInterface => FwpUclnt.FWPM_CONDITION_IP_LOCAL_INTERFACE,
        FilterField.ForwardInterface => FwpUclnt.FWPM_CONDITION_IP_FORWARD_INTERFACE,
        FilterField.LocalAddress => FwpUclnt.FWPM_CONDITION_IP_LOCAL_ADDRESS,
        FilterField.RemoteAddress => FwpUclnt.FWPM_CONDITION_IP_REMOTE_ADDRESS,
        FilterField.Destination => FwpUclnt.FWPM_CONDITION_IP_DESTINATION_ADDRESS,
        FilterField.Protocol => FwpUclnt.FWPM_CONDITION_IP_PROTOCOL,
        FilterField.LocalPort => FwpUclnt.FWPM_CONDITION_IP_LOCAL_PORT,
        FilterField.RemotePort => FwpUclnt.FWPM_CONDITION_IP_REMOTE_PORT,
        FilterField.Program => FwpUclnt.FWPM_CONDITION_ALE_APP_ID,
        _ => FwpUclnt.FWPM_CONDITION_ALE_USER_ID,
    };

    /// <summary>Frees all structures.</summary>
    public void Dispose()
    {
        foreach (var block in _blocks) NativeMemory.Free((void*)block);
        _blocks.Clear();
    }

    private void Fill(FwpUclnt.FWPM_FILTER_CONDITION0* target, FilterCondition condition)
    {
        target->fieldKey = KeyOf(condition.Field);
        target->matchType = condition.Field == FilterField.Loopback ? FwpUclnt.FWP_MATCH_FLAGS_ALL_SET : FwpUclnt.FWP_MATCH_EQUAL;
        target->conditionValue = condition.Field switch
        {
            FilterField.Loopback => new FwpUclnt.FWP_VALUE0 { type = FwpUclnt.FWP_UINT32, uint32 = FwpUclnt.FWP_CONDITION_FLAG_IS_LOOPBACK },
            FilterField.LocalInterface or FilterField.ForwardInterface => Behind(FwpUclnt.FWP_UINT64, Copy(condition.Number)),
            FilterField.LocalAddress or FilterField.RemoteAddress or FilterField.Destination => Address(condition.Prefix),
            FilterField.Protocol => new FwpUclnt.FWP_VALUE0 { type = FwpUclnt.FWP_UINT8, uint8 = (byte)condition.Number },
            FilterField.LocalPort or FilterField.RemotePort => new FwpUclnt.FWP_VALUE0 { type = FwpUclnt.FWP_UINT16, uint16 = (ushort)condition.Number },
            FilterField.Program => Behind(FwpUclnt.FWP_BYTE_BLOB_TYPE, Program(condition.Path!)),
            _ => Behind(FwpUclnt.FWP_SECURITY_DESCRIPTOR_TYPE, _owner is null ? _owner = Blob(FilterOwner.Descriptor()) : _owner),
        };
    }

    private FwpUclnt.FWP_VALUE0 Address(IpPrefix prefix)
    {
        if (prefix.Address.IsV4)
        {
            var mask = new IpAddress(uint.MaxValue).Mask(prefix.Length).V4;
            return Behind(FwpUclnt.FWP_V4_ADDR_MASK, Copy(new FwpUclnt.FWP_V4_ADDR_AND_MASK { addr = prefix.Address.V4, mask = mask }));
        }
        var target = Allocate<FwpUclnt.FWP_V6_ADDR_AND_MASK>();
        prefix.Address.Write(new Span<byte>(target->addr, 16));
        target->prefixLength = prefix.Length;
        return Behind(FwpUclnt.FWP_V6_ADDR_MASK, target);
    }

    private void* Program(string path)
    {
        if (!_programs.TryGetValue(path, out var blob)) _programs[path] = blob = (nint)Blob(appId(path));
        return (void*)blob;
    }

    private FwpUclnt.FWP_BYTE_BLOB* Blob(ReadOnlySpan<byte> bytes)
    {
        var blob = Allocate<FwpUclnt.FWP_BYTE_BLOB>();
        blob->size = (uint)bytes.Length;
        blob->data = Allocate<byte>(bytes.Length);
        bytes.CopyTo(new Span<byte>(blob->data, bytes.Length));
        return blob;
    }

    private FwpUclnt.FWPM_DISPLAY_DATA0 Display(string name, string description) => new() { name = Text(name), description = Text(description) };

    private char* Text(string text)
    {
        // Zeros behind it, and so its end.
        var characters = Allocate<char>(text.Length + 1);
        text.CopyTo(new Span<char>(characters, text.Length));
        return characters;
    }

    private Guid* Key(Guid key) => Copy(key);

    private T* Copy<T>(T value) where T : unmanaged
    {
        var place = Allocate<T>();
        *place = value;
        return place;
    }

    private T* Allocate<T>(int count = 1) where T : unmanaged
    {
        if (count == 0) return null;
        var block = NativeMemory.AllocZeroed((nuint)count, (nuint)sizeof(T));
        _blocks.Add((nint)block);
        return (T*)block;
    }

    private static FwpUclnt.FWP_VALUE0 Behind(int type, void* pointer) => new() { type = type, pointer = pointer };
}
