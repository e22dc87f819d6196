package visitcounselor

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

const maxDelay = time.Minute

func readTrouble(r *http.Request) (Trouble, error) {
	var t Trouble
	switch r.FormValue("service") {
	case Registry, Insurance, Messaging, Clinic:
	default:
		return t, fmt.Errorf("service is none of %s, %s, %s and %s", Registry, Insurance, Messaging, Clinic)
	}
	var err error
	if text := r.FormValue("failures"); text != "" {
		if t.Failures, err = strconv.Atoi(text); err != nil || t.Failures < 0 {
			return t, errors.New("failures is no number of requests")
		}
	}
	if text := r.FormValue("delay"); text != "" {
		if t.Delay, err = time.ParseDuration(text); err != nil || t.Delay < 0 || t.Delay > maxDelay {
			return t, fmt.Errorf("delay is no time such as 5s, of at most %s", maxDelay)
		}
	}
	return t, nil
}
