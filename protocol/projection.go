package protocol

import (
	"encoding/json"
	"time"
)

// Batch is everything that one workflow task changes of what the repository
// shows. It is applied in one transaction, and once: a Batch whose Sequence is
// not above the instance's last one changes nothing and answers Stale.
//
// A batch is committed before the workflow task is. When that is lost with its
// process, the instance does it again, and not always alike: an update that had
// been taken may be gone. So a stale answer makes the instance send what it was
// about to say once more, together with a Reset.
type Batch struct {
	Instance string `json:"instance"`
	Sequence uint64 `json:"sequence"`
	// Time is that of the workflow task.
	Time time.Time `json:"time"`
	// Trace is the engine's trace hash, echoed in BatchResult.
	Trace   string   `json:"trace"`
	Effects []Effect `json:"effects"`
}

// Effect is one change. Exactly one field besides Actor is set.
type Effect struct {
	// Actor is who caused it, zero for the platform itself.
	Actor       Actor           `json:"actor,omitzero"`
	Register    *Register       `json:"register,omitempty"`
	OpenTask    *OpenTask       `json:"openTask,omitempty"`
	CloseTask   *CloseTask      `json:"closeTask,omitempty"`
	Subscribe   *Subscribe      `json:"subscribe,omitempty"`
	Unsubscribe *Unsubscribe    `json:"unsubscribe,omitempty"`
	Publish     *PublishMessage `json:"publish,omitempty"`
	Broadcast   *Broadcast      `json:"broadcast,omitempty"`
	Raise       *RaiseIncident  `json:"raise,omitempty"`
	Clear       *ClearIncident  `json:"clear,omitempty"`
	Variables   *SetVariables   `json:"variables,omitempty"` // only audited
	Reset       *Reset          `json:"reset,omitempty"`
	End         *End            `json:"end,omitempty"`
}

// Register makes an instance known that the API did not start.
type Register struct {
	Definition  Definition `json:"definition"`
	BusinessKey string     `json:"businessKey,omitempty"`
	Parent      *Parent    `json:"parent,omitempty"`
	Start       string     `json:"start,omitempty"`
	Time        time.Time  `json:"time"`
}

// OpenTask puts a user task into the inbox.
type OpenTask struct {
	ID              string          `json:"id"` // element instance id
	Element         string          `json:"element"`
	Name            string          `json:"name,omitempty"`
	Documentation   string          `json:"documentation,omitempty"`
	Assignee        string          `json:"assignee,omitempty"`
	CandidateUsers  []string        `json:"candidateUsers,omitempty"`
	CandidateGroups []string        `json:"candidateGroups,omitempty"`
	Due             *time.Time      `json:"due,omitempty"`
	FollowUp        *time.Time      `json:"followUp,omitempty"`
	Priority        int             `json:"priority,omitempty"`
	Form            string          `json:"form,omitempty"`
	Lane            string          `json:"lane,omitempty"`
	Variables       json.RawMessage `json:"variables,omitempty"` // what the person is shown
}

// CloseTask takes a user task out of the inbox.
type CloseTask struct {
	ID        string `json:"id"`
	Completed bool   `json:"completed"` // else it was withdrawn
}

// Subscribe makes an instance known to publishers of a message or signal.
type Subscribe struct {
	ID      string `json:"id"` // element instance id
	Element string `json:"element"`
	Kind    string `json:"kind"` // message or signal
	Name    string `json:"name"`
	Key     string `json:"key,omitempty"` // correlation key of a message
}

// Unsubscribe withdraws a Subscribe.
type Unsubscribe struct {
	ID string `json:"id"`
}

// PublishMessage hands a message to whoever waits for it, or keeps it until
// its time to live is over.
type PublishMessage struct {
	// ID makes the message unique: publishing it again changes nothing.
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Key       string          `json:"key,omitempty"`
	Variables json.RawMessage `json:"variables,omitempty"`
	// TimeToLive is how long the message waits for a receiver, in seconds.
	TimeToLive int64 `json:"timeToLive,omitempty"`
}

// Broadcast hands a signal to every instance that waits for it.
type Broadcast struct {
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Variables json.RawMessage `json:"variables,omitempty"`
}

// RaiseIncident says that a person must look.
type RaiseIncident struct {
	ID       string `json:"id"`
	Element  string `json:"element"`
	Instance string `json:"elementInstance"`
	Kind     string `json:"kind"`
	Message  string `json:"message"`
	Attempt  int    `json:"attempt,omitempty"`
}

// ClearIncident says that nobody needs to look any more.
type ClearIncident struct {
	ID     string `json:"id"`
	Action string `json:"action"` // retry, complete, throw, skip, or aborted
}

// Reset is the last effect but the End of a batch that mends the repository: the
// instance runs, and this is all that is open of it.
type Reset struct {
	// Since is the last Sequence that the instance knows to be applied. What
	// later batches claimed was claimed in vain.
	Since         uint64          `json:"since"`
	Tasks         []string        `json:"tasks,omitempty"`
	Subscriptions []Subscribe     `json:"subscriptions,omitempty"`
	Incidents     []RaiseIncident `json:"incidents,omitempty"`
}

// End is the last effect of an instance.
type End struct {
	Result Result `json:"result"`
}

// BatchResult answers a Batch.
type BatchResult struct {
	Trace string `json:"trace"`
	// Stale says that nothing was applied: the instance's last Sequence is at
	// least that of the batch.
	Stale bool `json:"stale,omitempty"`
	// Sequence is the instance's last one, if the batch is stale.
	Sequence uint64 `json:"sequence,omitempty"`
	// Claimed are buffered messages that new subscriptions found waiting; they
	// count as delivered.
	Claimed []MessageDelivery `json:"claimed,omitempty"`
}

// Resolve asks which definition a call activity calls.
type Resolve struct {
	Process string `json:"process"`
	Version int    `json:"version,omitempty"`
}
