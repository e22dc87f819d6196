package devserver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"
)

const (
	loopbackIP = "127.0.0.1"
	// clusterName and clusterID are persisted at the first start and must not
	// change after it.
	clusterName = "active"
	clusterID   = "5b1d2a3c-0d0c-4a41-8f5b-3b6a2f1d0a11"
	storeName   = "sqlite"

	// bindAttempts is how often the server is built with other ports when one
	// was taken after it was found free.
	bindAttempts = 3
)

// startTemporal starts the server's services and returns the frontend's
// address.
func startTemporal(ctx context.Context, o Options, db *config.SQL, logger serverLogger) (temporal.Server, string, error) {
	if o.FrontendPort != 0 {
		if err := probe(ctx, o.FrontendPort); err != nil {
			return nil, "", fmt.Errorf("frontend: %w", err)
		}
	}
	server, hostPort, err := buildTemporal(ctx, o.FrontendPort, db, logger)
	for attempt := 1; err != nil && attempt < bindAttempts; attempt++ {
		server, hostPort, err = buildTemporal(ctx, o.FrontendPort, db, logger)
	}
	if err != nil {
		return nil, "", err
	}
	return server, hostPort, guard(logger, server.Start)
}

// buildTemporal builds the server, which makes its services listen.
func buildTemporal(ctx context.Context, frontendPort int, db *config.SQL, logger serverLogger) (temporal.Server, string, error) {
	ports, err := freePorts(ctx, len(temporal.DefaultServices))
	if err != nil {
		return nil, "", err
	}
	services := map[string]config.Service{}
	hosts := map[primitives.ServiceName]static.Hosts{}
	for i, name := range temporal.DefaultServices {
		port := ports[i]
		if name == string(primitives.FrontendService) && frontendPort != 0 {
			port = frontendPort
		}
		services[name] = config.Service{RPC: config.RPC{GRPCPort: port, BindOnIP: loopbackIP}}
		hosts[primitives.ServiceName(name)] = static.SingleLocalHost(loopback(port))
	}
	hostPort := hosts[primitives.FrontendService].Self
	var server temporal.Server
	err = guard(logger, func() error {
		var err error
		server, err = temporal.NewServer(
			temporal.WithConfig(serverConfig(hostPort, services, db)),
			temporal.ForServices(temporal.DefaultServices),
			temporal.WithStaticHosts(hosts),
			temporal.WithLogger(logger),
			temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
			temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return authorization.NewNoopClaimMapper() }),
			temporal.WithDynamicConfigClient(tuning()),
		)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	return server, hostPort, nil
}

func serverConfig(hostPort string, services map[string]config.Service, db *config.SQL) *config.Config {
	c := &config.Config{
		Persistence: config.Persistence{
			// Never change: it is fixed at the first start.
			NumHistoryShards: 1,
			DefaultStore:     storeName,
			VisibilityStore:  storeName,
			DataStores:       map[string]config.DataStore{storeName: {SQL: db}},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10,
			MasterClusterName:        clusterName,
			CurrentClusterName:       clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{clusterName: {
				Enabled: true, InitialFailoverVersion: 1, RPCAddress: hostPort, ClusterID: clusterID,
			}},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services:            services,
		PublicClient:        config.PublicClient{HostPort: hostPort},
	}
	c.Global.Membership.MaxJoinDuration = 10 * time.Second
	c.Global.Membership.BroadcastAddress = loopbackIP
	c.Archival.History.State = config.ArchivalDisabled
	c.Archival.Visibility.State = config.ArchivalDisabled
	c.NamespaceDefaults.Archival.History.State = config.ArchivalDisabled
	c.NamespaceDefaults.Archival.Visibility.State = config.ArchivalDisabled
	return c
}

// guard runs a step of the server's start and turns a fatal message of it,
// which ends the goroutine that it is run on, and a panic into an error.
func guard(logger serverLogger, step func() error) error {
	done := make(chan error, 1)
	go func() {
		err := errors.New("temporal server ended its own start")
		defer func() {
			// sync.OnceValue panics when its function ends the goroutine:
			// the fatal message is the cause then.
			if fault := recover(); fault != nil {
				err = fmt.Errorf("panic: %v", fault)
			}
			if msg := logger.state.fatal.Swap(nil); msg != nil {
				err = errors.New(*msg)
			}
			done <- err
		}()
		err = step()
	}()
	if err := <-done; err != nil {
		return fmt.Errorf("temporal server: %w", err)
	}
	return nil
}

// stopTemporal waits for the server to stop, or for the context.
func stopTemporal(ctx context.Context, server temporal.Server) error {
	done := make(chan error, 1)
	go func() { done <- server.Stop() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
