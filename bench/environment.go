package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	sdk "go.temporal.io/sdk/worker"
	"golang.org/x/sync/errgroup"

	"github.com/perdure/perdure/bpmn"
	"github.com/perdure/perdure/devserver"
	"github.com/perdure/perdure/dispatch"
	"github.com/perdure/perdure/protocol"
	"github.com/perdure/perdure/repository"
	"github.com/perdure/perdure/worker"
)

// environment is what both sides run on: one embedded server, one client, one
// worker each with the same options.
type environment struct {
	repository *repository.Repository
	client     client.Client
	dispatcher *dispatch.Dispatcher
	processes  map[string]repository.Process // by key
	queue      string                        // of the hand-written workflows

	folder string
	stop   []func() error // last opened first
}

// open starts everything in a folder of its own.
func open(ctx context.Context) (_ *environment, err error) {
	e := &environment{queue: "hand-written", processes: map[string]repository.Process{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.close())
		}
	}()
	if e.folder, err = os.MkdirTemp("", "perdure-bench-"); err != nil {
		return nil, err
	}
	if e.repository, err = repository.Open(ctx, "sqlite:"+filepath.Join(e.folder, "perdure.db"), repository.Options{}); err != nil {
		return nil, err
	}
	e.stop = append(e.stop, e.repository.Close)
	server, err := devserver.Start(ctx, devserver.Options{
		DataDir: filepath.Join(e.folder, "temporal"), SearchAttributes: dispatch.SearchAttributes(),
	})
	if err != nil {
		return nil, err
	}
	e.stop = append(e.stop, func() error { return server.Stop(context.WithoutCancel(ctx)) })
	quiet := slog.New(slog.DiscardHandler)
	e.client, err = client.Dial(client.Options{HostPort: server.HostPort(), Logger: sdklog.NewStructuredLogger(quiet)})
	if err != nil {
		return nil, err
	}
	e.stop = append(e.stop, func() error { e.client.Close(); return nil })
	e.dispatcher = dispatch.New(e.repository, e.client, dispatch.Options{TaskQueue: worker.DefaultTaskQueue, Logger: quiet})
	if err := e.work(ctx, quiet); err != nil {
		return nil, err
	}
	return e, e.deploy(ctx)
}

// work starts the two workers and the dispatcher.
func (e *environment) work(ctx context.Context, logger *slog.Logger) error {
	interpreted, err := worker.New(worker.Options{
		Client: e.client, Logger: logger,
		Platform: &worker.Platform{Repository: e.repository, NotFound: repository.ErrNotFound, AllowPrivateNetworks: true},
	})
	if err != nil {
		return err
	}
	interpreted.RegisterActivity(echoType, echo)
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return interpreted.Run(ctx) })
	group.Go(func() error { return e.dispatcher.Run(ctx) })
	e.stop = append(e.stop, func() error {
		cancel()
		return group.Wait()
	})

	pollers := sdk.NewPollerBehaviorAutoscaling(sdk.PollerBehaviorAutoscalingOptions{})
	hand := sdk.New(e.client, e.queue, sdk.Options{WorkflowTaskPollerBehavior: pollers, ActivityTaskPollerBehavior: pollers})
	registerHandWritten(hand)
	if err := hand.Start(); err != nil {
		return err
	}
	e.stop = append(e.stop, func() error { hand.Stop(); return nil })
	return nil
}

// deploy deploys the process of every case, and others that tests bring.
func (e *environment) deploy(ctx context.Context) error {
	for _, c := range cases() {
		source, err := processes.ReadFile("testdata/" + c.file + ".bpmn")
		if err != nil {
			return err
		}
		if err := e.deploySource(ctx, source); err != nil {
			return fmt.Errorf("%s: %w", c.file, err)
		}
	}
	return nil
}

func (e *environment) deploySource(ctx context.Context, source []byte) error {
	definitions, faults := bpmn.Read(source)
	if err := faults.Err(); err != nil {
		return err
	}
	graphs, faults := definitions.Compile()
	if err := faults.Err(); err != nil {
		return err
	}
	deployment := repository.Deployment{Source: source, Media: "application/xml"}
	for _, g := range graphs {
		deployment.Processes = append(deployment.Processes, repository.NewProcess{
			Key: g.ID, Graph: g.JSON(), SHA256: g.SHA256(), HasNoneStart: true,
		})
	}
	deployed, _, err := e.repository.Deploy(ctx, protocol.SystemActor, deployment)
	for _, p := range deployed {
		e.processes[p.Key] = p
	}
	return err
}

// close stops everything and removes the folder.
func (e *environment) close() error {
	var errs []error
	for _, stop := range slices.Backward(e.stop) {
		errs = append(errs, stop())
	}
	return errors.Join(append(errs, os.RemoveAll(e.folder))...)
}
