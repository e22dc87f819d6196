package activities

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// errForbidden is the cause of every refusal of a Guard.
var errForbidden = errors.New("the address is not public and not on the allow-list")

// Guard keeps requests out of private networks. It looks at the address that
// is about to be connected to, after the name was resolved, so that a name
// whose answer changes between check and use gains nothing.
//
// A nil Guard lets everything through.
type Guard struct {
	hosts    map[string]bool // name or name:port, in lower case
	prefixes []netip.Prefix
}

// NewGuard returns a guard that lets public addresses through and, beyond
// these, what allow names. An entry is a host name ("registry.internal"), a
// host name with a port ("registry.internal:8080"), an IP address, or a CIDR
// ("10.20.0.0/16").
func NewGuard(allow []string) (*Guard, error) {
	g := &Guard{hosts: map[string]bool{}}
	for _, entry := range allow {
		if err := g.allow(strings.ToLower(strings.TrimSpace(entry))); err != nil {
			return nil, fmt.Errorf("activities: allow-list entry %q: %w", entry, err)
		}
	}
	return g, nil
}

func (g *Guard) allow(entry string) error {
	if prefix, err := netip.ParsePrefix(entry); err == nil {
		g.prefixes = append(g.prefixes, prefix.Masked())
		return nil
	}
	if address, err := netip.ParseAddr(strings.Trim(entry, "[]")); err == nil {
		address = address.Unmap().WithZone("")
		g.prefixes = append(g.prefixes, netip.PrefixFrom(address, address.BitLen()))
		return nil
	}
	name, port, hasPort := strings.Cut(entry, ":")
	if name == "" || strings.ContainsAny(name, "/ *@\\") {
		return errors.New("it is no host name, host:port, IP address or CIDR")
	}
	if n, err := strconv.Atoi(port); hasPort && (err != nil || n < 1 || n > 65535) {
		return errors.New("its port is no number from 1 to 65535")
	}
	g.hosts[entry] = true
	return nil
}

// dial connects to a host and port as http.Transport names them.
func (g *Guard) dial(ctx context.Context, network, hostPort string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	if g != nil && !g.allowsHost(hostPort) {
		dialer.Control = g.control
	}
	conn, err := dialer.DialContext(ctx, network, hostPort)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return conn, nil
}

func (g *Guard) allowsHost(hostPort string) bool {
	hostPort = strings.ToLower(hostPort)
	host, _, err := net.SplitHostPort(hostPort)
	return err == nil && (g.hosts[host] || g.hosts[hostPort])
}

// control is called with the resolved address before a packet is sent.
func (g *Guard) control(_, address string, _ syscall.RawConn) error {
	resolved, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: it cannot be read", errForbidden)
	}
	if !g.allowsAddress(resolved.Addr()) {
		return errForbidden
	}
	return nil
}

func (g *Guard) allowsAddress(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	for _, prefix := range g.prefixes {
		if prefix.Contains(address) {
			return true
		}
	}
	return isPublic(address)
}

// isPublic reports whether address may be reached through the public Internet,
// by the special-purpose registries of IANA (RFC 6890). It errs on the side of
// no: the translation prefixes (NAT64, 6to4, Teredo) can name any IPv4 address
// and count as private whatever they hold.
func isPublic(address netip.Addr) bool {
	if !address.Is4() && !globalUnicast.Contains(address) {
		return false
	}
	for _, prefix := range specialPurpose {
		if prefix.Contains(address) {
			return false
		}
	}
	return true
}

// globalUnicast holds every IPv6 address that IANA has given out for general
// use. Loopback, NAT64, unique local, link-local and multicast lie outside.
var globalUnicast = netip.MustParsePrefix("2000::/3")

var specialPurpose = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),         // this network (RFC 791)
	netip.MustParsePrefix("10.0.0.0/8"),        // private use (RFC 1918)
	netip.MustParsePrefix("100.64.0.0/10"),     // shared by carriers (RFC 6598)
	netip.MustParsePrefix("127.0.0.0/8"),       // loopback (RFC 1122)
	netip.MustParsePrefix("169.254.0.0/16"),    // link-local, cloud metadata (RFC 3927)
	netip.MustParsePrefix("172.16.0.0/12"),     // private use (RFC 1918)
	netip.MustParsePrefix("192.0.0.0/24"),      // protocol assignments (RFC 6890)
	netip.MustParsePrefix("192.0.2.0/24"),      // documentation (RFC 5737)
	netip.MustParsePrefix("192.31.196.0/24"),   // AS112 (RFC 7535)
	netip.MustParsePrefix("192.52.193.0/24"),   // AMT (RFC 7450)
	netip.MustParsePrefix("192.88.99.0/24"),    // 6to4 relays (RFC 7526)
	netip.MustParsePrefix("192.168.0.0/16"),    // private use (RFC 1918)
	netip.MustParsePrefix("192.175.48.0/24"),   // AS112 (RFC 7534)
	netip.MustParsePrefix("198.18.0.0/15"),     // benchmarks (RFC 2544)
	netip.MustParsePrefix("198.51.100.0/24"),   // documentation (RFC 5737)
	netip.MustParsePrefix("203.0.113.0/24"),    // documentation (RFC 5737)
	netip.MustParsePrefix("224.0.0.0/4"),       // multicast (RFC 1112)
	netip.MustParsePrefix("240.0.0.0/4"),       // reserved, broadcast (RFC 1112)
	netip.MustParsePrefix("2001::/23"),         // protocol assignments, Teredo (RFC 2928)
	netip.MustParsePrefix("2001:db8::/32"),     // documentation (RFC 3849)
	netip.MustParsePrefix("2002::/16"),         // 6to4 (RFC 3056)
	netip.MustParsePrefix("2620:4f:8000::/48"), // AS112 (RFC 7534)
	netip.MustParsePrefix("3fff::/20"),         // documentation (RFC 9637)
}
