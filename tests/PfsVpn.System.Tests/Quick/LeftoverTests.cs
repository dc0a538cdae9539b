using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Quick;

/// <summary>Name servers, rules and the firewall's tables when something else happens than up and then down.</summary>
public sealed class LeftoverTests
{
    /// <summary>Takes programs out of PATH: WITHOUT names one.</summary>
    private const string PathWithout = """
        mkdir -p /run/real
        for folder in /usr/sbin /usr/bin /sbin /bin; do for program in $folder/*; do ln -s $program /run/real/ 2> /dev/null || true; done; done
        for program in $WITHOUT; do rm /run/real/$program; done
        export PATH=/run/real

        """;

    private const string Prologue = """
        set -e
        state() { bash "$SCRIPTS/state.sh" | grep -v '^/etc/wireguard/'; find /run/pfsvpn 2> /dev/null || true; }
        install -m 600 "$SCRIPTS/corpus/dns-search.conf" /etc/wireguard/wg0.conf
        wait_gone() { for ((i = 0; i < 1000; i++)); do ip link show dev $1 > /dev/null 2>&1 || return 0; sleep 0.01; done; echo "$1 stays" >&2; return 1; }

        """;

    [QuickFact]
    public async Task Without_resolvconf_the_resolver_s_file_is_replaced_and_comes_back_as_a_link()
    {
        var output = await RunAsync("WITHOUT=resolvconf\n" + PathWithout + """
            mv /etc/resolv.conf /run/stub.conf
            ln -s ../run/stub.conf /etc/resolv.conf
            sysctl -q net.ipv4.conf.all.src_valid_mark=1
            state > /run/before
            $PFSVPN up wg0
            [[ ! -L /etc/resolv.conf ]]
            cat /etc/resolv.conf
            $PFSVPN down wg0
            state > /run/after
            diff /run/before /run/after
            """);
        Assert.Contains("nameserver 10.77.0.53\nnameserver fd77::53\nsearch lab.example other.example\n", output, StringComparison.Ordinal);
        Assert.StartsWith("# Written by pfsvpn for the tunnel wg0.\n", output, StringComparison.Ordinal);
    }

    [QuickTheory]
    [InlineData("")]
    [InlineData("resolvconf")]
    public async Task What_a_daemon_leaves_that_is_killed_is_taken_away_by_down(string without)
    {
        var output = await RunAsync($"WITHOUT={without}\n" + PathWithout + """
            sysctl -q net.ipv4.conf.all.src_valid_mark=1
            state > /run/before
            $PFSVPN up wg0
            kill -KILL $(pgrep -x pfsvpnd)
            wait_gone wg0
            $PFSVPN down wg0
            state > /run/after
            diff /run/before /run/after
            ! $PFSVPN down wg0
            """);
        Assert.Equal("", output);
    }

    [QuickFact]
    public async Task Up_after_a_crash_keeps_what_was_there_before_the_first_time()
    {
        await RunAsync("WITHOUT=resolvconf\n" + PathWithout + """
            sysctl -q net.ipv4.conf.all.src_valid_mark=1
            state > /run/before
            for turn in 1 2; do
                $PFSVPN up wg0
                kill -KILL $(pgrep -x pfsvpnd)
                wait_gone wg0
            done
            # The machine started anew: what /run had is gone.
            rm -r /run/pfsvpn
            nft flush ruleset
            while ip -4 rule delete table 51820; do :; done 2> /dev/null
            while ip -6 rule delete table 51820; do :; done 2> /dev/null
            while ip -4 rule delete table main suppress_prefixlength 0; do :; done 2> /dev/null
            while ip -6 rule delete table main suppress_prefixlength 0; do :; done 2> /dev/null
            $PFSVPN up wg0
            $PFSVPN down wg0
            state > /run/after
            diff /run/before /run/after
            """);
    }

    [QuickFact]
    public async Task A_tunnel_that_goes_leaves_the_default_routes_of_another()
    {
        await RunAsync("""
            for name in wg1 wg2; do install -m 600 "$SCRIPTS/corpus/default-both.conf" /etc/wireguard/$name.conf; done
            sed -i 's/10.7/10.6/g; s/fd77/fd66/g; s|, 172.*||' /etc/wireguard/wg2.conf
            sysctl -q net.ipv4.conf.all.src_valid_mark=1
            state > /run/before
            $PFSVPN up wg2
            state | grep -v chance > /run/one
            $PFSVPN up wg1
            [[ $(ip -4 rule | grep -c suppress_prefixlength) == 2 ]]
            $PFSVPN down wg1
            state | grep -v chance > /run/one-again
            diff /run/one /run/one-again
            $PFSVPN down wg2
            state > /run/after
            diff /run/before /run/after
            """);
    }

    [QuickFact]
    public async Task Without_nft_the_rules_of_iptables_are_those_of_wg_quick()
    {
        // wg-quick looks into its own folder first, so it needs one without nft.
        await RunAsync("WITHOUT=nft\n" + PathWithout + """
            rm /run/real/wg-quick
            cp /usr/bin/wg-quick /run/real/
            save() { for program in iptables ip6tables; do $program-save; done | grep -v '^#' | sed -E 's/fe80::[0-9a-f:]+/fe80::chance/'; }
            /run/real/wg-quick up wg0
            save > /run/stock
            /run/real/wg-quick down wg0
            while [[ -e /run/wireguard/wg0.sock ]]; do sleep 0.01; done
            $PFSVPN up wg0
            save > /run/own
            diff /run/stock /run/own
            grep -q 'wg-quick(8) rule for wg0' /run/own
            $PFSVPN down wg0
            ! save | grep wg-quick
            """);
    }

    /// <summary>Runs a script in a box of its own; what it prints is returned, what pfsvpn prints is not.</summary>
    private static async Task<string> RunAsync(string script)
    {
        await using var box = await TunnelBox.OpenAsync();
        var environment = new Dictionary<string, string>(WgQuick.Environment, StringComparer.Ordinal) { ["SCRIPTS"] = TunnelBox.Scripts, ["PFSVPN"] = Programs.Cli };
        return Shell.Checked(await box.TryRunAsync("bash", ["-c", Prologue + script], environment)).Output;
    }
}
