package visitcounselor

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

// stopPatience is how long a server that stops waits for its last answers.
const stopPatience = 2 * time.Second

// Serve serves s at a loopback address, such as Address, until stop is called.
func Serve(ctx context.Context, address string, s *Services) (stop func(), err error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("the services of visit-counselor: %w", err)
	}
	server := &http.Server{Handler: s, ReadHeaderTimeout: 5 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // it always ends with an error, here that of Shutdown
	}()
	return func() {
		// The last answers are given after ctx has ended.
		patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopPatience)
		defer cancel()
		if server.Shutdown(patience) != nil {
			_ = server.Close()
		}
		<-done
	}, nil
}
