"""Words that stay in texts which programs wrote: of the kernel, of the firewall's tools, of runtimes and of the agent itself.

Whatever is in none of these lists is somebody's. They hold where such words are expected only: a container that is called
"accept" has a pseudonym, and the verdict of a rule none.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


OPTIONS = _words("""
    --802_3-sap --802_3-type --accept-local --add-set --ahlen --ahres --ahspi --algo --among-dst --among-dst-file
    --among-src --among-src-file --and-mark --and-tos --arp-gratuitous --arp-htype --arp-ip-dst --arp-ip-src --arp-mac-dst
    --arp-mac-src --arp-op --arp-opcode --arp-ptype --arpreply-mac --arpreply-target --bytecode --bytes-eq --bytes-gt
    --bytes-lt --cgroup --checksum-fill --chunk-types --clamp-mss-to-pmtu --cluster-hash-seed --cluster-local-node
    --cluster-local-nodemask --cluster-total-nodes --clustermac --comment --connbytes --connbytes-dir --connbytes-mode
    --connlimit-above --connlimit-daddr --connlimit-mask --connlimit-saddr --connlimit-upto --cpu --ctdir --ctevents
    --ctexpire --ctmask --ctorigdst --ctorigdstport --ctorigsrc --ctorigsrcport --ctproto --ctrepldst --ctrepldstport
    --ctreplsrc --ctreplsrcport --ctstate --ctstatus --datestart --datestop --dccp-option --dccp-types --del-set
    --destination --destination-ip --destination-mac --destination-port --destination-ports --dir --dnat-target --dport
    --dports --dscp --dscp-class --dst-group --dst-ip --dst-len --dst-mac --dst-opts --dst-pfx --dst-range --dst-type
    --ecn --ecn-ip-ect --ecn-tcp-cwr --ecn-tcp-ece --ecn-tcp-remove --espspi --every --exist --expevents --fragfirst
    --fragid --fraglast --fraglen --fragment --fragmore --fragres --from --gateway --genre --gid-owner --goto --h-length
    --h-type --hash-init --hashlimit-above --hashlimit-burst --hashlimit-dstmask --hashlimit-htable-expire
    --hashlimit-htable-gcinterval --hashlimit-htable-max --hashlimit-htable-size --hashlimit-mode --hashlimit-name
    --hashlimit-rate-interval --hashlimit-rate-match --hashlimit-srcmask --hashlimit-upto --hashmode --hbh-len --hbh-opts
    --header --helper --hex-string --hitcount --hl-dec --hl-eq --hl-gt --hl-inc --hl-lt --hl-set --hmark-dport
    --hmark-dport-mask --hmark-dst-prefix --hmark-mod --hmark-offset --hmark-proto-mask --hmark-rnd --hmark-spi
    --hmark-spi-mask --hmark-sport --hmark-sport-mask --hmark-src-prefix --hmark-tuple --icase --icmp-type --icmpv6-type
    --in-interface --invert --ip-destination --ip-destination-port --ip-dport --ip-dst --ip-icmp-type --ip-igmp-type
    --ip-proto --ip-protocol --ip-source --ip-source-port --ip-sport --ip-src --ip-tos --ip6-destination
    --ip6-destination-port --ip6-dport --ip6-dst --ip6-icmp-type --ip6-proto --ip6-protocol --ip6-source --ip6-source-port
    --ip6-sport --ip6-src --ip6-tclass --ipcompspi --ipv4 --ipv6 --ipvs --jump --kerneltz --label --led-always-blink
    --led-delay --led-trigger-id --left-shift-mark --length --limit --limit-burst --limit-iface-in --limit-iface-out
    --local-node --log --log-arp --log-ip --log-ip-options --log-ip6 --log-level --log-macdecode --log-prefix
    --log-tcp-options --log-tcp-sequence --log-uid --logical-in --logical-out --loose --mac-source --mangle-ip-d
    --mangle-ip-s --mangle-mac-d --mangle-mac-s --mangle-target --map-mark --map-prio --map-queue --map-set --mark
    --mark-and --mark-or --mark-set --mark-target --mark-xor --mask --match --match-set --mh-type --mode --monthdays --mss
    --name --next --nfacct-name --nflog --nflog-group --nflog-prefix --nflog-range --nflog-size --nflog-threshold --nfmask
    --notrack --nowildcard --object-pinned --oif --on-ip --on-port --opcode --or-mark --or-tos --out-interface --packet
    --packets-eq --packets-gt --packets-lt --path --persistent --physdev-in --physdev-is-bridged --physdev-is-in
    --physdev-is-out --physdev-out --pkt-type --pkttype-type --pol --policy --ports --probability --proto --proto-type
    --protocol --queue-balance --queue-bypass --queue-cpu-fanout --queue-num --quota --random --random-fully
    --rateest-bps1 --rateest-bps2 --rateest-delta --rateest-eq --rateest-ewmalog --rateest-gt --rateest-interval
    --rateest-lt --rateest-name --rateest-pps1 --rateest-pps2 --rateest1 --rateest2 --rcheck --rdest --realm --reap
    --redirect-target --reject-with --remove --reqid --restore --restore-mark --restore-skmark --return-nomatch
    --right-shift-mark --rsource --rt-0-addrs --rt-0-not-strict --rt-0-res --rt-len --rt-segsleft --rt-type --rttl
    --sack-perm --save --save-mark --seconds --selctx --set --set-class --set-dscp --set-dscp-class --set-mark --set-mss
    --set-tos --set-xmark --snat-arp --snat-target --socket-exists --soft --source --source-ip --source-mac --source-port
    --source-ports --spi --sport --sports --src-group --src-ip --src-mac --src-pfx --src-range --src-type --srh-hdr-len-eq
    --srh-hdr-len-gt --srh-hdr-len-lt --srh-last-entry-eq --srh-last-entry-gt --srh-last-entry-lt --srh-lsid
    --srh-next-hdr --srh-nsid --srh-psid --srh-segs-left-eq --srh-segs-left-gt --srh-segs-left-lt --srh-tag --state
    --stp-flags --stp-forward-delay --stp-hello-time --stp-max-age --stp-msg-age --stp-port --stp-root-addr
    --stp-root-cost --stp-root-prio --stp-sender-addr --stp-sender-prio --stp-type --strict --string --strip-options
    --suppl-groups --syn --table --tcp-flags --tcp-option --timeout --timestamp --timestart --timestop --to
    --to-destination --to-dst --to-ports --to-source --to-src --tos --total-nodes --tproxy-mark --transparent --ttl
    --ttl-dec --ttl-eq --ttl-gt --ttl-inc --ttl-lt --ttl-set --tunnel-dst --tunnel-src --type --u32 --uid-owner
    --ulog-cprange --ulog-nlgroup --ulog-prefix --ulog-qthreshold --update --update-counters --update-subcounters --vaddr
    --validmark --vdir --vlan-encap --vlan-id --vlan-prio --vmethod --vport --vportctl --vproto --weekdays --wscale
    --xor-mark --xor-tos --zone --zone-orig --zone-reply -4 -6 -d -f -g -i -j -logical-in -logical-out -m -o -p -s
""")
"""Options of iptables, ip6tables, ebtables and arptables, and of their extensions (iptables-extensions(8), ebtables(8))."""

MATCHES = _words("""
    802_3 addrtype ah all among arp bpf cgroup cluster comment connbytes connlabel connlimit connmark conntrack cpu dccp
    devgroup dscp dst ecn esp eui64 frag gre hashlimit hbh helper hl icmp icmp6 icmpv6 igmp ip ip6 ipcomp ipencap iprange
    ipv6-icmp ipv6header ipvs length limit mac mark mark_m mh multiport nfacct nflog osf owner physdev pkttype policy
    quota rateest realm recent rpfilter rt sctp set socket srh standard state statistic stp string tcp tcpmss time tos ttl
    u32 udp udplite vlan
""")
"""Extensions behind ``-m``, and protocols behind ``-p``."""

TARGETS = _words("""
    ACCEPT AUDIT CHECKSUM CLASSIFY CLUSTERIP CONNMARK CONNSECMARK CONTINUE CT DNAT DNPT DROP DSCP ECN HL HMARK IDLETIMER
    LED LOG MARK MASQUERADE NAT NETMAP NFLOG NFQUEUE NOTRACK QUEUE RATEEST REDIRECT REJECT RETURN SECMARK SET SNAT SNPT
    SYNPROXY TCPMSS TCPOPTSTRIP TEE TOS TPROXY TRACE TTL ULOG arpreply dnat log mangle mark nflog redirect snat
""")
"""Verdicts and targets behind ``-j``: whatever else stands there is a chain."""

VALUES = _words("""
    ACCEPT ACK ALL ANYCAST ARP ASSURED BLACKHOLE BROADCAST CONFIRMED DROP ESTABLISHED EXPECTED FIN Fri INVALID IPv4 IPv6
    LOCAL MULTICAST Mon NEW NONE ORIGINAL PROHIBIT PSH RELATED REPLY RETURN RST Reply Request SEEN_REPLY SYN Sat Sun THROW
    Thu Tue UNICAST UNREACHABLE UNTRACKED URG Wed addr-unreach adm-prohibited ah alert any bm both broadcast comp crit day
    debug destination-unreachable dst dst,dst dst,src dstip dstport echo-reply echo-request emerg err esp every host hour
    icmp-admin-prohibited icmp-host-prohibited icmp-host-unreachable icmp-net-prohibited icmp-net-unreachable
    icmp-port-unreachable icmp-proto-unreachable icmp6-addr-unreachable icmp6-adm-prohibited icmp6-no-route
    icmp6-port-unreachable in info ipsec kmp min minute mode multicast neighbor-advertisement neighbor-solicitation
    neighbour-advertisement neighbour-solicitation no-route none notice nth otherhost out policy port-unreach random
    router-advertisement router-solicitation sec second src src,dst src,src srcip srcport strict tcp-reset time-exceeded
    transport tunnel unicast warning week
""")
"""Values of these options."""

NFT = _words("""
    != & . 8021ad 8021q < << <= == > >= >> ^ accept ack ackseq add addr-unreachable admin-prohibited after ah alert all
    and anycast arp assured audit auto-merge avgpkt before bitmap bitmap:ip bitmap:ip,mac bitmap:port blackhole boolean
    bridge broadcast broken bucketsize burst bypass bytes bytes/second cgroup cgroupv2 chain check checksum code comment
    comp compat confirmed constant continue counter counters cpu crit ct cwr daddr day dccp debug delete
    destination-unreachable device devices direction dnat doff dormant dport drop dscp dst dstnat dying dynamic ece echo
    echo-reply echo-request ecn egress element elements emerg eq err esp established ether ether_addr ether_type event
    exists expectation expected expiration expires exthdr family fanout fib filter fin flags flow flowtable forceadd
    forward frag frag-off fully-random gateway gc-interval ge goto gre group gt hash hash:ip hash:ip,mac hash:ip,mark
    hash:ip,port hash:ip,port,ip hash:ip,port,net hash:mac hash:net hash:net,iface hash:net,net hash:net,port
    hash:net,port,net hashsize hbh hdrlength helper hook hoplimit host-unreachable hour hw-offload ibriport ibrname
    ibrpvid ibrvproto icmp icmpv6 icmpx id iface_index ifname igmp iface iif iifgroup iifname iiftype inc inet inet_proto
    inet_service info ingress initval input integer interval invalid ip ip6 ipsec ipset ipv4_addr ipv6-icmp ipv6_addr
    jhash jump kbytes l3proto l4proto label last le length level limit list list:set local log lookup lt mangle map mark
    markmask masquerade match maxelem maxseg mbytes meta mh minute missing mld-listener-done mld-listener-query
    mld-listener-reduction mld-listener-report mld2-listener-report mod mss mtu multicast nat nd-neighbor-advert
    nd-neighbor-solicit nd-redirect nd-router-advert nd-router-solicit ne net,port net-unreachable netdev netmask never
    new nexthdr nfproto nftrace no-route nomatch not notice notrack num numgen obrname off offload offset oif oifgroup
    oifname oiftype on option or original osf out output over owner packet-too-big packets parameter-problem persistent
    pkttype policy port port-unreachable postrouting prefix prerouting priority prohibit proto proto-dst proto-src
    protocol psh queue queue-threshold quota random range rate raw redirect reject related reply reset return route
    router-advertisement router-solicitation rst rt rtclassid rule sack-perm saddr sctp sdif sdifname secmark second
    secpath security seed seen-reply sequence set size skbinfo skbmark skbprio skbqueue skeleton skgid skuid snaplen snat
    socket sport src srcnat state status string symhash syn synproxy table target tcp th throw time time-exceeded timeout
    timestamp to tproxy tsecr tsval ttl type typeof udp udplite unicast unknown unreachable unspec until untracked update
    urg urgptr used verdict version vlan vmap warn week window with xor xt zone { | }
""")
"""Words of nft(8) and of ipset(8)."""

KERNEL = _words("""
    nft iptables-nft iptables-legacy ip6tables-nft ip6tables-legacy ebtables-nft ebtables-legacy arptables-nft arptables-legacy
    ipset noop pie fq_pie cbq teql null mpls seg6 seg6local ila ioam6 rpl Bridge Entry Master Only Options msti
    iif_detached oif_detached mh-port mh-fallback flow-based slirp4netns pasta private libpod
    6lowpan 802.1Q 802.1ad 802.3ad ALLMULTI AUTOMEDIA BROADCAST DEBUG DELAY DORMANT DOWN DYNAMIC ECHO Egress FAILED FWM
    INCOMPLETE LOOPBACK LOWERLAYERDOWN LOWER_UP Local MASTER MULTICAST Masq NOARP NONE NOTPRESENT NOTRAILERS PERMANENT
    POINTOPOINT PORTSEL PROBE PROMISC PVID REACHABLE RUNNING Route SCTP SLAVE STALE TCP TESTING Tunnel UDP UNKNOWN UP
    Untagged action active-backup added_by_star_ex address all amt anycast api arp autojoin babel balance-alb balance-rr
    balance-tlb balance-xor bareudp basic bbr bfifo bgp bird blackhole blocked blocking bond boot bpf bridge broadcast
    cake can cgroup check choke class classifier cloned clsact codel complete conf configured connmark conntrack container
    containerd core counter created cri-o csum ct ctinfo cubic dadfailed dctcp dead default delay deprecated dh dhcp
    direct-action disabled dnrouted docker driver drr dummy egress egress_mirror egress_redirect eigrp equalize erspan etf
    ether ets exclude exited ext_validated extern_learn failed fast_leave fdb fib_match filter firewall flow flower fo
    forwarding fq fq_codel full fw gact gate gated generic geneve ggsn global goto goto_chain gre gre6 gretap gtp hfsc
    high home host host_joined hsr htb htcp ieee1394 ieee802.11 ieee802.11/radiotap ifb ife include incomplete inet inet6
    infiniband ingress ingress_mirror ingress_redirect initialized ip ip6erspan ip6gre ip6gretap ip6tnl ipam ipip ipv4
    ipv6 ipvlan ipvs ipvtap irda isis jump keepalived kernel kernel_ll kernel_lo kernel_ra kubelet l2 l3 l3s lblc lblcr lc
    learning link linkdown listening local locked lookup_table loopback low mac macsec macvlan macvtap main managed master
    matchall mdb medium mh mirred mngtmpaddr mode modify mpath mpls mq mqprio mrouted mrt multicast multiq namespace nat
    neigh neighbour net netem netfilter netkit netlink network nexthop nf_conntrack nlmon noarp nodad none nop
    noprefixroute noqueue notify nowhere nq nsid ntk offload onlink openr openvswitch ops optimistic ospf overlay ovf ovn
    partial pass passthru paused pedit peer permanent persistent pervasive pfifo pfifo_fast pfifo_head_drop phonet_pipe
    phy pipe plug podman police pop pop_eth ppp prefix primary prio private probe prohibit proxy prp push push_eth qdisc
    qfq queued ra raw reachable reclassify red redirect release removing reno repeat resilient restarting rip root route
    router rr rsvp rt_offload rt_offload_failed rt_trap rule running sample sandbox sctp secondary sed self sfq sgsn sh
    simple sit site skbedit skbmod skipped slip socket source stable-privacy stale static sticky stolen stopped strict
    sysctl tap taprio tbf tc tcindex tcp tcx team temp temporary tentative throw timer to_tbl torn trap tun tunnel6
    tunnel_key twos u32 udp udplite unicast unix unknown unreachable unresolved unspec use vcan vegas vepa veth vlan void
    vrf vsockmon vti vti6 vxlan westwood wireguard wlc wrr xdp xfrm xorp xresolve zebra
""")
"""What iproute2, tc(8), ipvsadm(8) and the runtimes call things (snapshot/collect)."""

AGENT = _words("""
    MB a after again agent all an and another answer answered answers any api argument as ask asked asking asks at
    attribute attributes bad be because been before broken busy but by call came can cannot capabilities capability
    capture cgroup cgroups chain chains change changed changing code come connection container containers could count
    counted counts cut daemon decoded denied descriptor destination destinations device did directory do does done dump
    dumps during ebtables-legacy end ended endpoint ends engine engines enough enter entered entries entry error errors
    every exist exists facts few file files firewall folder folders for found from function gap gaps gave give given had
    hanging has have header here hold holds host hosts how http id ids if implemented in install interrupted invalid ipset
    iptables-legacy iptables-nft iptables-save is it its json keep kept kernel kernels left less line link links listing
    loaded log logs long look looked looking made make makes many may memory message messages might minutes missing module
    modules more most mount mounted mounts name names namespace namespaces need needed needs network nf_tables nft no not
    nsid number numbers odd of off on one only open opened opening opens operation or other out own package packages path
    paths peer permission permitted pipe pod pods privilege process processes protocol read refused reset resource rights
    root rule rules run running runs runtime runtimes same second seconds see service short shorter snapshot so socket
    sockets something space start started starts status still such support supported system table tables take taken takes
    tell telling tells text than that the their them then there these they this those time timed to told too tool tools
    torn tried tries try two uid unknown unreachable until url vanished version very was were what when where which while
    who whom whose will with within without would
""")
"""Of the sentences in which the agent says what it could not read, and of strerror(3)."""

RELEASES = _words("""
    generic amd64 arm64 i386 i686 x86_64 aarch64 ppc64le s390x riscv64 cloud aws azure gcp oracle kvm virtual lowlatency rt hwe
    edge server lts linuxkit microsoft standard WSL2 default pve el7 el8 el9 el10 fc39 fc40 fc41 fc42 Debian GNU Linux Ubuntu
    LTS Fedora CentOS Stream Red Hat Enterprise Rocky AlmaLinux Oracle SUSE SLES openSUSE Leap Tumbleweed Alpine Arch Amazon
    Flatcar Container Bottlerocket Talos NixOS Gentoo Raspbian Mint buster bullseye bookworm trixie sid forky
""")
"""Of the releases of kernels and systems."""

CHAINS = _words("""
    PREROUTING INPUT FORWARD OUTPUT POSTROUTING BROUTING prerouting input forward output postrouting ingress egress
""")
"""Chains that tables are made with, or that everybody calls so (iptables(8), nft(8))."""
TABLES = _words("filter nat mangle raw security broute")
"""Tables likewise."""
FIREWALL = VALUES | NFT
"""Where a rule's words are looked up."""
PROGRAMS = KERNEL | FIREWALL
"""Where a value's are that the kernel told."""
