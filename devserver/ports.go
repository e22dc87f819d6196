package devserver

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// Internal ports are taken from below the ephemeral ranges of Linux (32768 and
// up) and of the other systems (49152 and up): there, no outgoing connection
// of this machine can take a port between the probe and its use.
const (
	firstPort = 20000
	lastPort  = 31999
)

// freePorts returns n different loopback ports that nobody listens on.
func freePorts(ctx context.Context, n int) ([]int, error) {
	var ports []int
	// A random start keeps servers that start at the same time apart.
	candidates := lastPort - firstPort + 1
	start := rand.IntN(candidates)
	for i := 0; i < candidates && len(ports) < n; i++ {
		port := firstPort + (start+i)%candidates
		if probe(ctx, port) == nil {
			ports = append(ports, port)
		}
	}
	if len(ports) < n {
		return nil, errors.New("no free loopback port is left")
	}
	return ports, nil
}

// probe says why a server could not listen on a loopback port.
func probe(ctx context.Context, port int) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", loopback(port))
	if err != nil {
		return fmt.Errorf("port %d: %w", port, err)
	}
	return l.Close()
}

func loopback(port int) string {
	return net.JoinHostPort(loopbackIP, strconv.Itoa(port))
}
