package repository

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/perdure/perdure/protocol"
)

// Process is one version of a deployed process. Its graph and its source never
// change; what describes it may.
type Process struct {
	ID          string // key:version:uuid
	Key         string // the id of the process element
	Version     int    // from 1, per key
	Name        string
	Type        string // None, Private or Public (BPMN 2.0.2, 10.3.1)
	Description string
	Category    string
	Executable  bool
	Closed      bool
	// Enabled says whether instances may be started.
	Enabled bool
	// SHA256 is the hash of the compiled graph, in hexadecimal.
	SHA256       string
	DeployedAt   time.Time
	DeployedBy   protocol.Actor
	HasNoneStart bool
}

// Definition is what a workflow knows of the process.
func (p Process) Definition() protocol.Definition {
	return protocol.Definition{ID: p.ID, Key: p.Key, Version: p.Version, SHA256: p.SHA256}
}

// Kinds of StartTrigger.
const (
	TriggerMessage = "message"
	TriggerSignal  = "signal"
	TriggerTimer   = "timer"
)

// Deployment is one BPMN file and the processes in it.
type Deployment struct {
	// Source is the file as it was sent, Media its media type.
	Source    []byte
	Media     string
	Processes []NewProcess
}

// NewProcess is a process to deploy.
type NewProcess struct {
	Key, Name, Type, Description, Category string
	Closed                                 bool
	// Graph is the compiled graph, empty for a process that is not executable.
	Graph        []byte
	SHA256       string
	HasNoneStart bool
	Starts       []StartTrigger
}

// StartTrigger is a start event that a message, a signal or a timer sets off.
type StartTrigger struct {
	Element string
	Kind    string // TriggerMessage, TriggerSignal or TriggerTimer
	// Name is that of the message or signal.
	Name string
	// Due is when a timer fires next; nil if it never does.
	Due *time.Time
	// Timer is the kind and the text of the timer as a JSON object, opaque here.
	Timer json.RawMessage
}

const processColumns = `id, process_key, version, name, type, description, category, executable, closed, enabled,
	has_none_start, graph_sha256, deployed_at, deployed_by`

func scanProcess(r row) (p Process, err error) {
	var at int64
	var by string
	if err = r.Scan(&p.ID, &p.Key, &p.Version, &p.Name, &p.Type, &p.Description, &p.Category, &p.Executable, &p.Closed, &p.Enabled,
		&p.HasNoneStart, &p.SHA256, &at, &by); err != nil {
		return p, err
	}
	p.DeployedAt = fromMicros(at)
	return p, json.Unmarshal([]byte(by), &p.DeployedBy)
}

// Deploy makes the next version of every process of the deployment, enabled. If
// the latest versions of all of them came from the same source and have the same
// graphs, it changes nothing and answers them, with created false.
func (r *Repository) Deploy(ctx context.Context, actor protocol.Actor, d Deployment) (processes []Process, created bool, err error) {
	sum := sha256.Sum256(d.Source)
	source := hex.EncodeToString(sum[:])
	err = r.transact(ctx, func(t *tx) error {
		var err error
		processes, created, err = t.deploy(actor, d, source)
		return err
	})
	return processes, created, err
}

func (t *tx) deploy(actor protocol.Actor, d Deployment, source string) (processes []Process, created bool, err error) {
	locks := make([]lock, len(d.Processes))
	for i, p := range d.Processes {
		locks[i] = lock{"process:" + p.Key, true}
	}
	if err := t.lock(locks...); err != nil {
		return nil, false, err
	}
	if processes, err = t.deployed(d, source); err != nil || len(processes) > 0 {
		return processes, false, err
	}
	if _, err := t.exec(`INSERT INTO sources (sha256, media, source) VALUES ($1, $2, $3) ON CONFLICT (sha256) DO NOTHING`,
		source, d.Media, d.Source); err != nil {
		return nil, false, err
	}
	for _, n := range d.Processes {
		p, err := t.insertProcess(actor, n, source)
		if err != nil {
			return nil, false, err
		}
		processes = append(processes, p)
	}
	return processes, true, nil
}

// deployed answers the latest versions if they are what is being deployed.
func (t *tx) deployed(d Deployment, source string) ([]Process, error) {
	var processes []Process
	for _, n := range d.Processes {
		p, err := first(t.ctx, t.session, scanProcess, `SELECT `+processColumns+` FROM processes
			WHERE process_key = $1 AND NOT deleted AND source_sha256 = $2 AND graph_sha256 = $3
			AND version = (SELECT MAX(version) FROM processes WHERE process_key = $1)`, n.Key, source, n.SHA256)
		if errors.Is(err, sql.ErrNoRows) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		processes = append(processes, p)
	}
	return processes, nil
}

func (t *tx) insertProcess(actor protocol.Actor, n NewProcess, source string) (Process, error) {
	last, err := first(t.ctx, t.session, scanInt, `SELECT COALESCE(MAX(version), 0) FROM processes WHERE process_key = $1`, n.Key)
	if err != nil {
		return Process{}, err
	}
	id := uuid.NewString()
	p := Process{
		ID: fmt.Sprintf("%s:%d:%s", n.Key, last+1, id), Key: n.Key, Version: int(last) + 1,
		Name: n.Name, Type: n.Type, Description: n.Description, Category: n.Category,
		Executable: len(n.Graph) > 0, Closed: n.Closed, Enabled: true,
		SHA256: n.SHA256, DeployedAt: fromMicros(micros(t.now)), DeployedBy: actor, HasNoneStart: n.HasNoneStart,
	}
	if p.Executable {
		if _, err := t.exec(`INSERT INTO graphs (sha256, graph) VALUES ($1, $2) ON CONFLICT (sha256) DO NOTHING`, n.SHA256, n.Graph); err != nil {
			return p, err
		}
	}
	if _, err := t.exec(`INSERT INTO processes (uuid, source_sha256, `+processColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		id, source, p.ID, p.Key, p.Version, p.Name, p.Type, p.Description, p.Category, p.Executable, p.Closed, p.Enabled,
		p.HasNoneStart, p.SHA256, micros(t.now), text(actor)); err != nil {
		return p, err
	}
	for _, s := range n.Starts {
		if _, err := t.exec(`INSERT INTO start_triggers (id, process_id, element, kind, name, timer, due) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			derived("start", p.ID, s.Element, s.Kind, s.Name), p.ID, s.Element, s.Kind, s.Name, string(s.Timer), microsOrNull(s.Due)); err != nil {
			return p, err
		}
	}
	return p, t.audit(actor, "process.deploy", object{"process", p.ID, ""}, details{"source": source, "graph": n.SHA256})
}

// Graph answers a compiled graph by its hash.
func (r *Repository) Graph(ctx context.Context, sha256 string) ([]byte, error) {
	graph, err := first(ctx, r.db.reader(), scanBytes, `SELECT graph FROM graphs WHERE sha256 = $1`, sha256)
	return graph, missing(err, "graph", sha256)
}

// Source answers the file from which a version was deployed, byte for byte.
func (r *Repository) Source(ctx context.Context, processID string) ([]byte, error) {
	source, err := first(ctx, r.db.reader(), scanBytes, `SELECT s.source FROM processes p JOIN sources s ON s.sha256 = p.source_sha256
		WHERE p.id = $1 AND NOT p.deleted`, processID)
	return source, missing(err, "process", processID)
}

func scanBytes(r row) (b []byte, err error) {
	err = r.Scan(&b)
	return b, err
}

// latestEnabled holds for the version p that is started by its key.
const latestEnabled = `p.enabled AND p.executable AND NOT p.deleted AND NOT EXISTS (SELECT 1 FROM processes q
	WHERE q.process_key = p.process_key AND q.version > p.version AND q.enabled AND q.executable AND NOT q.deleted)`

// ProcessByRef answers the process that ref names: a full id, key:version, the
// uuid at the end of an id, or a key, which means the latest enabled version. A
// disabled version is found by its exact name only. Deleted ones are not found.
func (r *Repository) ProcessByRef(ctx context.Context, ref string) (Process, error) {
	p, err := processByRef(ctx, r.db.reader(), ref)
	return p, missing(err, "process", ref)
}

func processByRef(ctx context.Context, s session, ref string) (Process, error) {
	find := func(condition string, args ...any) (Process, error) {
		return first(ctx, s, scanProcess, `SELECT `+processColumns+` FROM processes p WHERE NOT p.deleted AND `+condition, args...)
	}
	switch parts := strings.Split(ref, ":"); len(parts) {
	case 3:
		return find("p.id = $1", ref)
	case 2:
		version, err := strconv.ParseInt(parts[1], 10, 64)
		if err != nil {
			return Process{}, sql.ErrNoRows
		}
		return find("p.process_key = $1 AND p.version = $2", parts[0], version)
	case 1:
		// A key may look like a uuid; it is nonetheless a key if no version
		// has that uuid.
		if uuid.Validate(ref) == nil {
			if p, err := find("p.uuid = $1", strings.ToLower(ref)); !errors.Is(err, sql.ErrNoRows) {
				return p, err
			}
		}
		return find("p.process_key = $1 AND "+latestEnabled, ref)
	default:
		return Process{}, sql.ErrNoRows
	}
}

// missing turns the absence of a row into ErrNotFound.
func missing(err error, what, id string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return notFound(what, id)
	}
	return err
}

// ProcessFilter selects processes; empty fields select all.
type ProcessFilter struct {
	EnabledOnly bool
	// LatestOnly leaves out versions that have a newer one that the filter
	// would show too.
	LatestOnly bool
	Key        string
	// Search is part of a key or a name, in any case.
	Search string
}

// ListProcesses lists versions that are not deleted, newest first.
func (r *Repository) ListProcesses(ctx context.Context, f ProcessFilter, p Page) ([]Process, string, error) {
	var where filter
	where.and("NOT p.deleted")
	where.equal("p.process_key", f.Key)
	newer := "SELECT 1 FROM processes q WHERE q.process_key = p.process_key AND q.version > p.version AND NOT q.deleted"
	if f.EnabledOnly {
		where.and("p.enabled")
		newer += " AND q.enabled"
	}
	if f.LatestOnly {
		where.and("NOT EXISTS (" + newer + ")")
	}
	if f.Search != "" {
		pattern := "%" + likeEscaper.Replace(strings.ToLower(f.Search)) + "%"
		where.and(`(LOWER(p.process_key) LIKE ? ESCAPE '\' OR LOWER(p.name) LIKE ? ESCAPE '\')`, pattern, pattern)
	}
	return processListing.page(ctx, r.db.reader(), &where, p)
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

var processListing = listing[Process]{
	columns: processColumns, from: "processes p", time: "deployed_at", id: "id",
	scan:     scanProcess,
	position: func(p Process) position { return position{micros(p.DeployedAt), p.ID} },
}

// ProcessUpdate changes what describes a process; nil fields stay.
type ProcessUpdate struct {
	Name, Description, Type *string
	Closed, Enabled         *bool
}

// SetEnabled allows or forbids starts of a version.
func (r *Repository) SetEnabled(ctx context.Context, actor protocol.Actor, processID string, enabled bool) (Process, error) {
	return r.UpdateProcess(ctx, actor, processID, ProcessUpdate{Enabled: &enabled})
}

// UpdateProcess changes what describes a version, or whether it is enabled.
func (r *Repository) UpdateProcess(ctx context.Context, actor protocol.Actor, processID string, u ProcessUpdate) (p Process, err error) {
	err = r.transact(ctx, func(t *tx) error {
		p, err = first(t.ctx, t.session, scanProcess, `UPDATE processes SET name = COALESCE($2, name), description = COALESCE($3, description),
			type = COALESCE($4, type), closed = COALESCE($5, closed), enabled = COALESCE($6, enabled)
			WHERE id = $1 AND NOT deleted RETURNING `+processColumns,
			processID, nullable(u.Name), nullable(u.Description), nullable(u.Type), nullable(u.Closed), nullable(u.Enabled))
		if err != nil {
			return missing(err, "process", processID)
		}
		return t.audit(actor, "process.update", object{"process", p.ID, ""}, u.details())
	})
	return p, err
}

func (u ProcessUpdate) details() details {
	d := details{}
	for name, value := range map[string]*string{"name": u.Name, "description": u.Description, "type": u.Type} {
		if value != nil {
			d[name] = *value
		}
	}
	for name, value := range map[string]*bool{"closed": u.Closed, "enabled": u.Enabled} {
		if value != nil {
			d[name] = *value
		}
	}
	return d
}

// nullable is a value as an argument, NULL for nil.
func nullable[T any](v *T) any {
	if v == nil {
		return nil
	}
	return *v
}

// DeleteProcess hides a version from lists and starts, and its start events
// from the world. Its instances go on.
func (r *Repository) DeleteProcess(ctx context.Context, actor protocol.Actor, processID string) error {
	return r.transact(ctx, func(t *tx) error {
		n, err := t.exec(`UPDATE processes SET deleted = TRUE WHERE id = $1 AND NOT deleted`, processID)
		if err != nil {
			return err
		}
		if n == 0 {
			return notFound("process", processID)
		}
		if _, err := t.exec(`DELETE FROM start_triggers WHERE process_id = $1`, processID); err != nil {
			return err
		}
		return t.audit(actor, "process.delete", object{"process", processID, ""}, nil)
	})
}

// Resolve answers which version a call activity calls: the one named, or the
// latest enabled one. A version that may not be started is a NotEnabledError.
func (r *Repository) Resolve(ctx context.Context, call protocol.Resolve) (protocol.Definition, error) {
	ref := call.Process
	if call.Version > 0 {
		ref += ":" + strconv.Itoa(call.Version)
	}
	p, err := r.ProcessByRef(ctx, ref)
	if err != nil {
		return protocol.Definition{}, err
	}
	return p.Definition(), p.startable()
}

func (p Process) startable() error {
	switch {
	case !p.Executable:
		return &NotEnabledError{Process: p.ID, Reason: "it is not executable"}
	case !p.Enabled:
		return &NotEnabledError{Process: p.ID, Reason: "it is disabled"}
	default:
		return nil
	}
}
