package devserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/server/temporal"
)

// startTimeout bounds Start as a whole.
const startTimeout = 60 * time.Second

// Options configure an embedded server. The zero value is a server in memory,
// without a web UI, on a free port.
type Options struct {
	// DataDir is the folder for the SQLite files, created with mode 0700 when
	// missing. Empty keeps everything in memory until the process ends.
	DataDir string
	// Namespace defaults to "default". It is created when missing, and keeps
	// closed workflows for a week.
	Namespace string
	// FrontendPort is the loopback port of the gRPC frontend. 0 picks a free
	// one below the range of ephemeral ports.
	FrontendPort int
	// UI asks for Temporal's web UI: see [Server.UIHandler].
	UI bool
	// UIPublicPath is the path under which the caller mounts the web UI, e.g.
	// "/temporal", without a slash at its end. Empty means the root.
	UIPublicPath string
	// SearchAttributes are registered on the namespace, also on one that
	// exists already. The ones of type Keyword are indexed.
	SearchAttributes map[string]enums.IndexedValueType
	// Logger receives the server's warnings and errors, and what Temporal
	// calls info at debug level. Nil discards everything.
	Logger *slog.Logger
}

// Server is a running embedded Temporal server.
type Server struct {
	hostPort string
	logger   serverLogger
	store    *store
	temporal temporal.Server
	ui       *webUI
}

// Start starts a server and returns when its frontend answers and a workflow
// can be started. It fails with [ErrInUse] while another process serves the
// same data folder, and with [ErrSchema] on a folder of another Temporal
// version.
func Start(ctx context.Context, o Options) (*Server, error) {
	o, err := o.normalized()
	if err != nil {
		return nil, fmt.Errorf("devserver: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	s := &Server{logger: newServerLogger(o.Logger)}
	if err := s.start(ctx, o); err != nil {
		// The caller's context may be over: stopping takes its own time.
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), startTimeout)
		defer cancel()
		return nil, fmt.Errorf("devserver: %w", errors.Join(err, s.Stop(stopping)))
	}
	return s, nil
}

func (s *Server) start(ctx context.Context, o Options) error {
	var err error
	if s.store, err = openStore(ctx, o); err != nil {
		return err
	}
	if s.temporal, s.hostPort, err = startTemporal(ctx, o, s.store.sql, s.logger); err != nil {
		return err
	}
	if err := awaitReady(ctx, s.hostPort, o.Namespace); err != nil {
		return err
	}
	if o.UI {
		if s.ui, err = newWebUI(s.hostPort, o.Namespace, o.UIPublicPath); err != nil {
			return err
		}
	}
	s.logger.state.running.Store(true)
	return nil
}

// HostPort is the address of the gRPC frontend, as client.Options wants it.
func (s *Server) HostPort() string {
	return s.hostPort
}

// UIHandler serves Temporal's web UI and the API that it calls. Mount it under
// UIPublicPath without stripping the prefix. It is nil when the UI is off.
//
// Whoever reaches it may do anything to any workflow: it has no notion of
// users.
func (s *Server) UIHandler() http.Handler {
	if s.ui == nil {
		return nil
	}
	return s.ui.handler
}

// Stop stops the server, closes its connections and gives the data folder
// free. It returns the context's error if that ends before the server has
// stopped; the folder then stays locked until the process ends. Stopping
// twice does nothing.
func (s *Server) Stop(ctx context.Context) error {
	s.logger.state.running.Store(false)
	if s.ui != nil {
		s.ui.close()
		s.ui = nil
	}
	if s.temporal != nil {
		if err := stopTemporal(ctx, s.temporal); err != nil {
			return fmt.Errorf("devserver: stop: %w", err)
		}
		s.temporal = nil
	}
	if s.store != nil {
		s.store.close()
		s.store = nil
	}
	return nil
}

func (o Options) normalized() (Options, error) {
	if o.Namespace == "" {
		o.Namespace = "default"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.FrontendPort < 0 || o.FrontendPort > 65535 {
		return o, fmt.Errorf("frontend port %d is not between 0 and 65535", o.FrontendPort)
	}
	if p := o.UIPublicPath; p != "" && (!strings.HasPrefix(p, "/") || strings.HasSuffix(p, "/") || strings.ContainsAny(p, "\"<>&?#% ")) {
		return o, fmt.Errorf("public path %q of the web UI must start with a slash and must not end with one", p)
	}
	return o, nil
}
