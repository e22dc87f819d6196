package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/perdure/perdure/dispatch"
	"github.com/perdure/perdure/worker"
)

// temporalFlags say which Temporal cluster a command works with.
type temporalFlags struct {
	Temporal  string `env:"PERDURE_TEMPORAL_ADDRESS" default:"127.0.0.1:7233" placeholder:"HOST:PORT" help:"The frontend of the Temporal cluster (default ${default})."`
	Namespace string `env:"PERDURE_TEMPORAL_NAMESPACE" default:"default" help:"The Temporal namespace (default ${default}). It must exist; search attributes that it lacks are added."`
	TaskQueue string `env:"PERDURE_TASK_QUEUE" default:"perdure" help:"The task queue of process instances (default ${default})."`
}

// lazyClient returns a client that connects when it is first used, and again
// whenever the connection is lost. It is closed with the platform.
func (f temporalFlags) lazyClient(p *platform) (client.Client, error) {
	c, err := client.NewLazyClient(p.clientOptions(f.Temporal, f.Namespace))
	if err != nil {
		return nil, usagef("--temporal %s: %w", f.Temporal, err)
	}
	p.opened("temporal client", func(context.Context) error { c.Close(); return nil })
	return c, nil
}

func (p *platform) clientOptions(hostPort, namespace string) client.Options {
	return client.Options{
		HostPort:       hostPort,
		Namespace:      namespace,
		Logger:         worker.NewLogger(p.logger.With(slog.String("component", "temporal-sdk"))),
		MetricsHandler: newSDKMetrics(p.metrics),
	}
}

// temporalTimeout bounds one question to the cluster.
const temporalTimeout = 5 * time.Second

// checkTemporal fails unless the cluster answers and has the namespace.
func checkTemporal(ctx context.Context, c client.Client, namespace string) error {
	ctx, cancel := context.WithTimeout(ctx, temporalTimeout)
	defer cancel()
	_, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	if _, missing := errors.AsType[*serviceerror.NamespaceNotFound](err); missing {
		return fmt.Errorf("temporal has no namespace %q: create it with temporal operator namespace create", namespace)
	}
	if err != nil {
		return fmt.Errorf("temporal: %w", err)
	}
	return nil
}

// ensureSearchAttributes adds the search attributes that the namespace lacks.
// Where only an administrator may do that, it says so in the log and leaves it
// to them.
func ensureSearchAttributes(ctx context.Context, c client.Client, namespace string, logger *slog.Logger) error {
	ctx, cancel := context.WithTimeout(ctx, temporalTimeout)
	defer cancel()
	operator := c.OperatorService()
	existing, err := operator.ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if notOurs(err) {
		logger.Warn("search attributes cannot be checked: an administrator must add those missing", slog.String("names", attributeNames(dispatch.SearchAttributes())))
		return nil
	}
	if err != nil {
		return fmt.Errorf("search attributes: %w", err)
	}
	missing, err := missingAttributes(existing.GetCustomAttributes())
	if err != nil || len(missing) == 0 {
		return err
	}
	_, err = operator.AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{Namespace: namespace, SearchAttributes: missing})
	_, exists := errors.AsType[*serviceerror.AlreadyExists](err)
	switch {
	case err == nil:
		logger.Info("search attributes added", slog.String("names", attributeNames(missing)))
		return nil
	case exists: // another process was first
		return nil
	case notOurs(err):
		logger.Warn("an administrator must add search attributes", slog.String("names", attributeNames(missing)))
		return nil
	default:
		return fmt.Errorf("add search attributes: %w", err)
	}
}

// missingAttributes returns those of dispatch.SearchAttributes that are not there yet.
func missingAttributes(existing map[string]enums.IndexedValueType) (map[string]enums.IndexedValueType, error) {
	missing := dispatch.SearchAttributes()
	for name, is := range existing {
		want, ours := missing[name]
		if ours && is != want {
			return nil, fmt.Errorf("search attribute %s is of type %s and must be %s: use another namespace", name, is, want)
		}
		delete(missing, name)
	}
	return missing, nil
}

func attributeNames(attributes map[string]enums.IndexedValueType) string {
	return strings.Join(slices.Sorted(maps.Keys(attributes)), ", ")
}

// notOurs reports that the cluster does not let us.
func notOurs(err error) bool {
	_, denied := errors.AsType[*serviceerror.PermissionDenied](err)
	_, unimplemented := errors.AsType[*serviceerror.Unimplemented](err)
	return denied || unimplemented
}
