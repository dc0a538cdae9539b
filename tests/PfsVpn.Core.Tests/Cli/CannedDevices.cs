using System.Text;
using PfsVpn.Crypto;

namespace PfsVpn.Tests.Cli;

/// <summary>Answers of daemons.</summary>
internal static class CannedDevices
{
    public const string Private = "e84b5a6d2717c1003a13b431570353dbaca9146cf150c5f8575680feba52027a";
    private const string Psk = "188515093e952f5f22e865cef3012e72f8b5f0b598ac0309d5dacce3b70fcf52";

    /// <summary>Names of the canned answers.</summary>
    public static readonly string[] Names = ["blank", "port-only", "no-key", "usual", "all-sorts", "sizes", "times"];

    public static string Get(string name, long now) => name switch
    {
        "blank" => "",
        "port-only" => "listen_port=51820\n",
        "no-key" => "listen_port=1\nfwmark=4294967295\n" + Peer(1),
        "usual" => $"private_key={Private}\nlisten_port=51820\nfwmark=51820\n"
            + Peer(1, $"preshared_key={Psk}", "endpoint=192.0.2.1:51820", $"last_handshake_time_sec={now - 62}", "last_handshake_time_nsec=5", "tx_bytes=1212", "rx_bytes=92",
                "persistent_keepalive_interval=25", "allowed_ip=10.0.0.0/24", "allowed_ip=fd00::/64", "protocol_version=1")
            + Peer(2, $"preshared_key={new string('0', 64)}", "last_handshake_time_sec=0", "last_handshake_time_nsec=0", "tx_bytes=0", "rx_bytes=0", "persistent_keepalive_interval=0"),
        "all-sorts" => $"private_key={new string('0', 64)}\nlisten_port=0\nfwmark=0\nsomething_new=17\n"
            + Peer(3, "endpoint=[2001:db8::1]:1", "allowed_ip=0.0.0.0/0", "allowed_ip=::/0", "allowed_ip=::ffff:1.2.3.4/128", "allowed_ip=::1.2.3.4/128", "allowed_ip=fe80::200:5efe:1.2.3.4/128",
                "allowed_ip=1:0:0:2:0:0:0:3/128", "allowed_ip=1:0:2:3:4:5:6:7/128", "something_new=x")
            + Peer(4, "endpoint=[fe80::1%lo]:65535", "allowed_ip=10.1.2.3/8")
            + Peer(5, "endpoint=[fe80::1%1]:2", "persistent_keepalive_interval=65535", "rx_bytes=1", "allowed_ip=1.2.3.4/32")
            + Peer(6, "endpoint=[::ffff:192.0.2.1]:3", "persistent_keepalive_interval=61", "tx_bytes=1", "last_handshake_time_nsec=7"),
        "sizes" => $"private_key={Private}\n" + string.Concat(Sizes.Select(static (size, i) => Peer(10 + i, $"rx_bytes={size}", $"tx_bytes={Sizes[^(i + 1)]}"))),
        "times" => $"private_key={Private}\n" + string.Concat(Ages.Select((age, i) => Peer(40 + i, $"last_handshake_time_sec={now - age}", $"last_handshake_time_nsec={i % 3}"))),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    /// <summary>A peer whose key is derived from a number.</summary>
    public static string Peer(int number, params string[] lines) => $"public_key={Hex(number)}\n{string.Concat(lines.Select(static line => line + "\n"))}";

    public static string Hex(int number) => Convert.ToHexStringLower(KeyBytes(number));

    public static string Base64(int number) => Convert.ToBase64String(KeyBytes(number));

    private static readonly ulong[] Sizes =
    [
        1023, 1024, 1029, 1034, 1152, 1157, 1177, 1280, 1408, 1536, 1048575, 1048576, 1053818, 1179648, 1310720, 1073741823, 1073741824, 1207959552,
        1099511627775, 1099511627776, 1236950581248, 1UL << 53, (1UL << 60) + 5, 12345678901234567890, ulong.MaxValue,
    ];

    private static readonly long[] Ages =
        [0, 1, 2, 59, 60, 61, 120, 3599, 3600, 3601, 7322, 86399, 86400, 90061, 172800, 31535999, 31536000, 31626061, 63072000, 63, 63, 63, -1, -3600];

    private static byte[] KeyBytes(int number)
    {
        var bytes = new byte[PublicKey.SizeInBytes];
        Encoding.ASCII.GetBytes($"peer {number} ").CopyTo(bytes, 0);
        bytes[31] = (byte)(number * 37);
        return bytes;
    }
}
