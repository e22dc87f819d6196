package activities

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGuardAddresses(t *testing.T) {
	t.Parallel()
	guard, err := NewGuard(nil)
	require.NoError(t, err)
	for address, public := range map[string]bool{
		"0.0.0.0":                  false,
		"0.1.2.3":                  false,
		"10.0.0.1":                 false,
		"10.255.255.255":           false,
		"100.64.0.1":               false,
		"100.127.255.255":          false,
		"127.0.0.1":                false,
		"127.9.9.9":                false,
		"169.254.169.254":          false,
		"172.16.0.1":               false,
		"172.31.255.255":           false,
		"192.0.0.170":              false,
		"192.0.2.1":                false,
		"192.88.99.1":              false,
		"192.168.1.1":              false,
		"198.18.0.1":               false,
		"198.19.255.255":           false,
		"198.51.100.7":             false,
		"203.0.113.9":              false,
		"224.0.0.1":                false,
		"239.255.255.250":          false,
		"240.0.0.1":                false,
		"255.255.255.255":          false,
		"::":                       false,
		"::1":                      false,
		"::ffff:127.0.0.1":         false,
		"::ffff:10.0.0.1":          false,
		"::127.0.0.1":              false,
		"64:ff9b::7f00:1":          false,
		"64:ff9b::808:808":         false,
		"64:ff9b:1::a00:1":         false,
		"100::1":                   false,
		"2001::1":                  false,
		"2001:db8::1":              false,
		"2002:7f00:1::":            false,
		"2002:808:808::1":          false,
		"3fff::1":                  false,
		"5f00::1":                  false,
		"fc00::1":                  false,
		"fd12:3456::1":             false,
		"fe80::1":                  false,
		"fe80::1%eth0":             false,
		"fec0::1":                  false,
		"ff02::1":                  false,
		"8.8.8.8":                  true,
		"1.1.1.1":                  true,
		"100.63.255.255":           true,
		"100.128.0.0":              true,
		"172.15.255.255":           true,
		"172.32.0.0":               true,
		"192.167.255.255":          true,
		"223.255.255.255":          true,
		"::ffff:8.8.8.8":           true,
		"2606:4700:4700::1111":     true,
		"2a00:1450:4001:82f::200e": true,
	} {
		require.Equal(t, public, guard.allowsAddress(netip.MustParseAddr(address)), address)
		err := guard.control("tcp", net.JoinHostPort(address, "80"), nil)
		if public {
			require.NoError(t, err, address)
		} else {
			require.ErrorIs(t, err, errForbidden, address)
		}
	}
}

func TestGuardAllowList(t *testing.T) {
	t.Parallel()
	guard, err := NewGuard([]string{"Registry.internal", "pay.internal:8443", "10.20.0.0/16", "192.168.7.7", "[fd00::7]", "64:ff9b::/96"})
	require.NoError(t, err)
	for address, allowed := range map[string]bool{
		"10.20.3.4": true, "::ffff:10.20.3.4": true, "10.21.0.1": false,
		"192.168.7.7": true, "192.168.7.8": false, "fd00::7": true, "fd00::8": false, "64:ff9b::808:808": true,
	} {
		require.Equal(t, allowed, guard.allowsAddress(netip.MustParseAddr(address)), address)
	}
	for host, allowed := range map[string]bool{
		"registry.internal:80": true, "REGISTRY.internal:9999": true, "pay.internal:8443": true, "pay.internal:80": false,
		"evil-registry.internal:80": false, "registry.internal.evil.example:80": false,
	} {
		require.Equal(t, allowed, guard.allowsHost(host), host)
	}
}

func TestGuardRefusesFalseEntries(t *testing.T) {
	t.Parallel()
	for _, entry := range []string{"", "http://registry", "*.internal", "registry:http", "registry:0", "registry:70000", "10.0.0.0/99", "a b"} {
		_, err := NewGuard([]string{entry})
		require.Error(t, err, entry)
	}
}

// TestGuardLooksAtTheResolvedAddress goes through names and spellings of
// loopback: the service behind them must not be reached.
func TestGuardLooksAtTheResolvedAddress(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic("the guard let a request through")
	}))
	t.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(strings.TrimPrefix(server.URL, "http://"))
	require.NoError(t, err)
	guard, err := NewGuard([]string{"elsewhere.internal"})
	require.NoError(t, err)
	guarded := NewHTTP(HTTPOptions{Guard: guard})

	for _, host := range []string{"127.0.0.1", "localhost", "LOCALHOST", "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0"} {
		_, err := guarded.Do(t.Context(), json.RawMessage(`{"url":"http://`+host+`:`+port+`/"}`))
		fault := failure(t, err, ErrTypeForbidden, false)
		require.Contains(t, fault.Message(), "not public", host)
	}
}

func TestGuardLetsAllowedHostsThrough(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(server.Close)
	for _, allow := range []string{strings.TrimPrefix(server.URL, "http://"), "127.0.0.0/8", "127.0.0.1"} {
		guard, err := NewGuard([]string{allow})
		require.NoError(t, err, allow)
		response, err := NewHTTP(HTTPOptions{Guard: guard}).Do(t.Context(), json.RawMessage(`{"url":"`+server.URL+`"}`))
		require.NoError(t, err, allow)
		require.Equal(t, 200, response.Status)
	}
}
