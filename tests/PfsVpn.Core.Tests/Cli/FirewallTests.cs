using PfsVpn.Cli.Doctor;
using PfsVpn.Packets;

namespace PfsVpn.Tests.Cli;

/// <summary>Rules of nftables and iptables, and what they do with the packets of a tunnel.</summary>
public sealed class FirewallTests
{
    private static readonly EndpointAddress Endpoint = new(FakeHost.Prefix("192.0.2.1/32").Address, 51820);

    private const string Closed =
        """
        table inet filter {
        	set allowed {
        		type inet_service
        		elements = { 22, 80 }
        	}

        	chain input {
        		type filter hook input priority filter; policy drop;
        		ct state vmap { established : accept, related : accept }
        		iifname "lo" accept
        		ct state established,related accept
        		ip saddr 198.51.100.0/24 drop
        		RULE
        	}

        	chain forward {
        		type filter hook forward priority filter; policy accept;
        	}
        }
        table ip nat {
        	chain postrouting {
        		type nat hook postrouting priority srcnat; policy accept;
        		oifname "eth0" masquerade
        	}
        }
        """;

    [Theory]
    [InlineData("", true)]
    [InlineData("udp dport 51820 accept", false)]
    [InlineData("udp dport { 53, 51820 } counter packets 1 bytes 2 accept", false)]
    [InlineData("udp dport 51000-52000 accept", false)]
    [InlineData("udp dport != 53 accept", false)]
    [InlineData("udp dport 51821 accept", true)]
    [InlineData("tcp dport 51820 accept", true)]
    [InlineData("meta l4proto udp accept", false)]
    [InlineData("meta l4proto { icmp, ipv6-icmp } accept", true)]
    [InlineData("udp dport @ports accept", false)]
    [InlineData("something odd accept", false)]
    [InlineData("something odd drop", true)]
    [InlineData("iifname \"eth0\" udp dport 51820 accept", false)]
    public void A_closed_firewall_lets_the_port_in_or_not(string rule, bool drops)
    {
        var rules = new FirewallRules();
        rules.ReadNft(Closed.Replace("RULE", rule, StringComparison.Ordinal));
        var judgement = rules.Judge("input", FirewallPacket.Udp(null, null, 51820));
        Assert.Equal(drops, judgement is not null);
        if (drops) Assert.Equal("the policy of inet filter, chain input", judgement);
        Assert.Null(rules.Judge("output", FirewallPacket.Udp(null, Endpoint.Address, 51820)));
    }

    [Fact]
    public void Answers_come_in_by_connection_tracking_and_not_without()
    {
        var rules = new FirewallRules();
        rules.ReadNft("table inet f {\nchain input {\ntype filter hook input priority 0; policy drop;\nct state established accept\n}\n}\n");
        Assert.Null(rules.Judge("input", FirewallPacket.UdpAnswer(Endpoint, 40000)));
        rules = new FirewallRules();
        rules.ReadNft("table inet f {\nchain input {\ntype filter hook input priority 0; policy drop;\ntcp dport 22 accept\n}\n}\n");
        Assert.NotNull(rules.Judge("input", FirewallPacket.UdpAnswer(Endpoint, 40000)));
    }

    [Fact]
    public void A_rule_that_drops_is_shown_also_behind_a_jump()
    {
        var rules = new FirewallRules();
        rules.ReadNft("table inet f {\nchain output {\ntype filter hook output priority 0; policy accept;\njump more\n}\nchain more {\nip daddr 192.0.2.0/24 udp dport 51820 drop\n}\n}\n");
        Assert.Equal("a rule of inet f, chain more (ip daddr 192.0.2.0/24 udp dport 51820 drop)", rules.Judge("output", FirewallPacket.Udp(null, Endpoint.Address, 51820)));
        Assert.Null(rules.Judge("output", FirewallPacket.Udp(null, FakeHost.Prefix("203.0.113.1/32").Address, 51820)));
        Assert.Null(rules.Judge("output", FirewallPacket.Udp(null, FakeHost.Prefix("fd00::1/128").Address, 51820)));
    }

    [Fact]
    public void A_tunnel_that_is_dropped_is_found_by_its_device()
    {
        var rules = new FirewallRules();
        rules.ReadNft("table inet f {\nchain input {\ntype filter hook input priority 0; policy accept;\niifname \"wg*\" reject\n}\n}\n");
        Assert.NotNull(rules.Judge("input", FirewallPacket.Through("wg0", null)));
        Assert.Null(rules.Judge("input", FirewallPacket.Through("tun0", null)));
    }

    [Fact]
    public void The_rules_of_iptables_are_read_as_well()
    {
        var rules = new FirewallRules();
        rules.ReadIptables("-P INPUT DROP\n-P FORWARD ACCEPT\n-N ufw\n-A INPUT -i lo -j ACCEPT\n-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A INPUT -j ufw\n-A ufw -p udp -m udp --dport 51820 -j ACCEPT\n-A ufw -s 198.51.100.0/24 -j DROP\n");
        Assert.Null(rules.Judge("input", FirewallPacket.Udp(null, null, 51820)));
        Assert.Equal("the policy of iptables, chain INPUT", rules.Judge("input", FirewallPacket.Udp(null, null, 51821)));
        Assert.Null(rules.Judge("input", FirewallPacket.UdpAnswer(Endpoint, 40000)));
    }
}
