// Package repository is the flow repository: deployed processes, their
// instances, user tasks, messages, signals, timer starts, incidents and the
// audit trail, in SQLite or PostgreSQL.
//
// It does not run processes and does not talk to Temporal. It promises: what a
// caller was told is on disk, every change stands in the audit trail of the same
// transaction, and what must still happen outside (a start, a delivery, a
// broadcast, a stop) is found again by whoever sweeps:
//
//	repo, err := repository.Open(ctx, "sqlite:perdure.db", repository.Options{})
//	inst, existed, err := repo.CreateInstance(ctx, actor, repository.NewInstance{ID: id, ProcessID: process.ID})
//	// start the workflow; after a crash here Undispatched finds the instance
//	err = repo.MarkDispatched(ctx, inst.ID)
//
// One SQL text serves both engines. Times are microseconds since 1970 in UTC,
// JSON is text, and nothing is locked by SELECT: races are decided by unique
// keys and by updates that state what they expect.
package repository
