package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Time-outs of the HTTP server. Writing is allowed more than the 60 s that a
// synchronous start may wait.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 90 * time.Second
	idleTimeout       = 120 * time.Second
	maxHeaderBytes    = 32 << 10
)

// finishTimeout is what requests are given to finish when the process ends.
const finishTimeout = 25 * time.Second

// listener serves HTTP on one address until it is told to finish.
type listener struct {
	gate   *gate
	server *http.Server
	addr   net.Addr
	failed chan error // receives what ended the server, unless finish did
}

// listen serves the gate on the address. The port is bound when it returns.
func listen(ctx context.Context, address string, g *gate, logger *slog.Logger) (*listener, error) {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen: %w", err)
	}
	l := &listener{
		gate:   g,
		addr:   ln.Addr(),
		failed: make(chan error, 1),
		server: &http.Server{
			Handler:           g,
			ReadHeaderTimeout: readHeaderTimeout,
			ReadTimeout:       readTimeout,
			WriteTimeout:      writeTimeout,
			IdleTimeout:       idleTimeout,
			MaxHeaderBytes:    maxHeaderBytes,
			ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
		},
	}
	go func() {
		if err := l.server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			l.failed <- fmt.Errorf("http: %w", err)
		}
	}()
	return l, nil
}

// url is where the listener can be reached from this machine.
func (l *listener) url() string {
	host, port, err := net.SplitHostPort(l.addr.String())
	if err != nil {
		return "http://" + l.addr.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// finish stops listening and lets the requests under way finish.
func (l *listener) finish(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, finishTimeout)
	defer cancel()
	if err := l.server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("requests were cut off: %w", err), l.server.Close())
	}
	return nil
}
