using PfsVpn.Cli.Windows.Network.Filters;
using PfsVpn.Interop.Windows;
using PfsVpn.Packets;

namespace PfsVpn.Tests.Cli.Windows.Network;

/// <summary>Filters as the structures that Windows is given, read back through their pointers.</summary>
public sealed unsafe class FilterMemoryTests
{
    private static readonly byte[] Id = [1, 0, 2, 0, 3, 0];

    [Fact]
    public void A_filter_says_where_it_belongs_and_what_it_does()
    {
        var asked = 0;
        using var memory = new FilterMemory(_ =>
        {
            asked++;
            return Id;
        });
        var set = TunnelFilters.KillSwitch("wg0", 77, "daemon", "cli", [new IpPrefix(new IpAddress(0xC0A8_0000), 16), new IpPrefix(new IpAddress(0x2001_0DB8_0000_0000, 0), 32)]);
        var numbers = new HashSet<Guid>();
        foreach (var rule in set.Rules)
        {
            var filter = memory.Filter(set, rule);
            Assert.Equal(FilterMemory.KeyOf(rule.Layer), filter->layerKey);
            Assert.Equal(set.Key, filter->subLayerKey);
            Assert.Equal(FilterSet.Provider, *filter->providerKey);
            Assert.Equal(Guid.Empty, filter->filterKey);
            Assert.Equal(1u, filter->flags);
            Assert.Equal(FwpUclnt.FWP_UINT8, filter->weight.type);
            Assert.Equal(rule.Weight, filter->weight.uint8);
            Assert.Equal(rule.Permits ? 0x1002u : 0x1001u, filter->action.type);
            Assert.StartsWith("PfsVpn wg0: kill switch: ", new string(filter->displayData.name), StringComparison.Ordinal);
            Assert.Equal(rule.ToString(), new string(filter->displayData.description));
            Assert.Equal((uint)rule.Conditions.Count, filter->numFilterConditions);
            for (var i = 0; i < rule.Conditions.Count; i++) Check(rule.Conditions[i], filter->filterCondition[i]);
            if (rule.Conditions.Count == 0) Assert.True(filter->filterCondition is null);
            numbers.Add(filter->layerKey);
        }
        Assert.Equal(6, numbers.Count);
        Assert.Equal(2, asked);
    }

    [Fact]
    public void What_permits_for_good_and_does_not_persist_says_so()
    {
        using var memory = new FilterMemory(static _ => Id);
        var set = TunnelFilters.Daemon("wg0", "daemon");
        Assert.Equal(8u, memory.Filter(set, set.Rules[0])->flags);
        var sublayer = memory.Sublayer(set);
        Assert.Equal((set.Key, 0u, FilterSet.Provider, ushort.MaxValue), (sublayer->subLayerKey, sublayer->flags, *sublayer->providerKey, sublayer->weight));
        Assert.Equal("PfsVpn wg0: the daemon's packets", new string(sublayer->displayData.name));
        Assert.Equal(1u, memory.Sublayer(TunnelFilters.KillSwitch("wg0", null, "daemon", null, []))->flags);
        var provider = memory.Provider();
        Assert.Equal((FilterSet.Provider, 1u, "PfsVpn"), (provider->providerKey, provider->flags, new string(provider->displayData.name)));
        Assert.True(provider->serviceName is null);
    }

    [Fact]
    public void Prefixes_are_an_address_and_a_mask_or_a_length()
    {
        using var memory = new FilterMemory(static _ => Id);
        var set = new FilterSet(FilterPurpose.NameServers, "wg0", IsPersistent: false, []);
        var conditions = memory.Filter(set, new FilterRule("x", FilterLayer.ConnectV4, 1, Permits: true,
        [
            new FilterCondition(FilterField.RemoteAddress, Prefix: new IpPrefix(new IpAddress(0xC0A8_0100), 24)),
            new FilterCondition(FilterField.RemoteAddress, Prefix: new IpPrefix(new IpAddress(0x2001_0DB8_0000_0000, 0x0102), 128)),
        ]))->filterCondition;
        var v4 = (FwpUclnt.FWP_V4_ADDR_AND_MASK*)conditions[0].conditionValue.pointer;
        Assert.Equal((0xC0A8_0100u, 0xFFFF_FF00u), (v4->addr, v4->mask));
        var v6 = (FwpUclnt.FWP_V6_ADDR_AND_MASK*)conditions[1].conditionValue.pointer;
        Assert.Equal([0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2], new ReadOnlySpan<byte>(v6->addr, 16).ToArray());
        Assert.Equal(128, v6->prefixLength);
    }

    /// <summary>Byte for byte what ConvertStringSecurityDescriptorToSecurityDescriptor makes of O:SYG:SYD:(A;;CC;;;SY)(A;;CC;;;BA).</summary>
    [Fact]
    public void The_owner_is_a_security_descriptor_for_the_system_and_administrators() => Assert.Equal(
        "010004801400000020000000000000002C000000" + "010100000000000512000000" + "010100000000000512000000"
            + "0200340002000000" + "0000140001000000010100000000000512000000" + "000018000100000001020000000000052000000020020000",
        Convert.ToHexString(FilterOwner.Descriptor()));

    private static void Check(FilterCondition condition, FwpUclnt.FWPM_FILTER_CONDITION0 target)
    {
        var value = target.conditionValue;
        Assert.Equal(FilterMemory.KeyOf(condition.Field), target.fieldKey);
        Assert.Equal(condition.Field == FilterField.Loopback ? 6 : 0, target.matchType);
        switch (condition.Field)
        {
            case FilterField.Loopback:
                Assert.Equal((FwpUclnt.FWP_UINT32, 1u), (value.type, value.uint32));
                break;
            case FilterField.LocalInterface or FilterField.ForwardInterface:
                Assert.Equal((FwpUclnt.FWP_UINT64, 77ul), (value.type, *(ulong*)value.pointer));
                break;
            case FilterField.Protocol:
                Assert.Equal((FwpUclnt.FWP_UINT8, (byte)condition.Number), (value.type, value.uint8));
                break;
            case FilterField.LocalPort or FilterField.RemotePort:
                Assert.Equal((FwpUclnt.FWP_UINT16, (ushort)condition.Number), (value.type, value.uint16));
                break;
            case FilterField.Program:
                var id = (FwpUclnt.FWP_BYTE_BLOB*)value.pointer;
                Assert.Equal(FwpUclnt.FWP_BYTE_BLOB_TYPE, value.type);
                Assert.Equal(Id, new ReadOnlySpan<byte>(id->data, (int)id->size).ToArray());
                break;
            case FilterField.Administrator:
                Assert.Equal(FwpUclnt.FWP_SECURITY_DESCRIPTOR_TYPE, value.type);
                Assert.Equal((uint)FilterOwner.Descriptor().Length, ((FwpUclnt.FWP_BYTE_BLOB*)value.pointer)->size);
                break;
            default:
                Assert.Equal(condition.Prefix.Address.IsV4 ? FwpUclnt.FWP_V4_ADDR_MASK : FwpUclnt.FWP_V6_ADDR_MASK, value.type);
                break;
        }
    }
}
