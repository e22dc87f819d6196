package repository

// start is a start event to which a message or a signal leads.
type start struct {
	processID, processKey, element string
}

// starts answers the start events that a message or a signal of that name sets
// off: one of each process, of its latest enabled version.
func (t *tx) starts(kind, name string) ([]start, error) {
	return collect(t.ctx, t.session, scanStart, `SELECT p.id, p.process_key, MIN(s.element)
		FROM start_triggers s JOIN processes p ON p.id = s.process_id
		WHERE s.kind = $1 AND s.name = $2 AND `+latestEnabled+`
		GROUP BY p.id, p.process_key ORDER BY p.process_key`, kind, name)
}

func scanStart(r row) (s start, err error) {
	err = r.Scan(&s.processID, &s.processKey, &s.element)
	return s, err
}
