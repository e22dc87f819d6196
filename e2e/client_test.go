package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// client talks to the API as any program would.
type client struct {
	url  string
	http *http.Client
}

func newClient(url string) client {
	return client{url: url, http: &http.Client{
		Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: 64},
	}}
}

// answer is an answer that was read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// try sends a request. The body is nothing, a text or bytes as they are, or
// anything else as JSON; headers come in pairs. It fails when there is no
// answer.
func (c client) try(method, path string, body any, headers ...string) (answer, error) {
	var reader io.Reader
	switch body := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(body)
	case []byte:
		reader = bytes.NewReader(body)
	default:
		data, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		reader = bytes.NewReader(data)
	}
	request, err := http.NewRequest(method, c.url+path, reader)
	if err != nil {
		return answer{}, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	return answer{status: response.StatusCode, header: response.Header, body: data}, err
}

func (c client) call(t testing.TB, method, path string, body any, headers ...string) answer {
	t.Helper()
	a, err := c.try(method, path, body, headers...)
	require.NoError(t, err)
	return a
}

func (c client) get(t testing.TB, path string) answer {
	t.Helper()
	return c.call(t, http.MethodGet, path, nil)
}

func (c client) post(t testing.TB, path string, body any, headers ...string) answer {
	t.Helper()
	return c.call(t, http.MethodPost, path, body, headers...)
}

// want requires a status.
func (a answer) want(t testing.TB, status int) answer {
	t.Helper()
	require.Equal(t, status, a.status, "%s", a.body)
	return a
}

// into decodes the body.
func (a answer) into(t testing.TB, target any) answer {
	t.Helper()
	require.NoError(t, json.Unmarshal(a.body, target), "%s", a.body)
	return a
}

func (a answer) object(t testing.TB) object {
	t.Helper()
	var o object
	a.into(t, &o)
	return o
}

// object is a JSON object.
type object = map[string]any

// problem is an error answer.
type problem struct {
	Type, Title, Detail, Code, TraceID string
	Status                             int
	Errors                             []struct{ Pointer, Code, Detail, Hint, ElementID string }
}

// problem requires an error in the one shape that all errors have.
func (a answer) problem(t testing.TB, status int, code string) problem {
	t.Helper()
	a.want(t, status)
	require.Equal(t, "application/problem+json", a.header.Get("Content-Type"))
	var p problem
	a.into(t, &p)
	require.Equal(t, status, p.Status)
	require.Equal(t, code, p.Code, "%s", a.body)
	require.NotEmpty(t, p.Title)
	return p
}

// What the API answers, as far as the tests look at it.
type (
	instance struct {
		ID, ProcessID, ProcessKey, BusinessKey, ParentID, Trigger, State, ErrorCode, Message string
		StopRequested                                                                        bool
		Incidents                                                                            int
		ExitCode                                                                             *int
		Input, Output                                                                        object
	}
	task struct {
		ID, Instance, Element, Name, State, Assignee string
		CandidateGroups                              []string
		Ended                                        *time.Time
		CompletedBy                                  *struct{ User string }
		Variables                                    object
	}
	incident struct {
		ID, Instance, Element, Kind, Message, State, Action string
	}
	standing struct {
		Tokens    []struct{ ID, Element, Name, Kind, Waiting string }
		Timers    []struct{ Element string }
		Variables object
	}
	step struct {
		Verb, Element, Name, Detail string
	}
	items[T any] struct {
		Items []T
		Next  string
	}
)

// deploy deploys a file of testdata and answers the id of its first process.
func (c client) deploy(t testing.TB, file string) string {
	t.Helper()
	xml, err := os.ReadFile("testdata/" + file)
	require.NoError(t, err)
	return c.deployXML(t, string(xml))
}

func (c client) deployXML(t testing.TB, xml string) string {
	t.Helper()
	a := c.post(t, "/api/v1/deployments", xml, "Content-Type", "application/xml")
	require.Contains(t, []int{http.StatusOK, http.StatusCreated}, a.status, "%s", a.body)
	var deployment struct{ Processes []struct{ ID string } }
	a.into(t, &deployment)
	require.NotEmpty(t, deployment.Processes)
	return deployment.Processes[0].ID
}

// start starts an instance and does not wait for it.
func (c client) start(t testing.TB, process string, variables object) instance {
	t.Helper()
	var in instance
	c.post(t, "/api/v1/instances", object{"process": process, "variables": variables}).want(t, http.StatusCreated).into(t, &in)
	return in
}

// run starts an instance and waits for its end.
func (c client) run(t testing.TB, process string, variables object) instance {
	t.Helper()
	var in instance
	c.post(t, "/api/v1/instances", object{"process": process, "variables": variables}, "Prefer", "wait=60").
		want(t, http.StatusCreated).into(t, &in)
	return in
}

func (c client) instance(t testing.TB, id string) instance {
	t.Helper()
	var in instance
	c.get(t, "/api/v1/instances/"+id).want(t, http.StatusOK).into(t, &in)
	return in
}

// awaitEnd waits for the end of an instance and answers it as it is then.
func (c client) awaitEnd(t testing.TB, id string) instance {
	t.Helper()
	var in instance
	await(t, "the end of "+id, func() bool {
		in = c.instance(t, id)
		return in.State != "running"
	})
	return in
}

// listAll follows a list to its end.
func listAll[T any](t testing.TB, c client, path string, query url.Values) []T {
	t.Helper()
	if query == nil {
		query = url.Values{}
	}
	query.Set("limit", "200")
	var all []T
	for {
		var page items[T]
		c.get(t, path+"?"+query.Encode()).want(t, http.StatusOK).into(t, &page)
		all = append(all, page.Items...)
		if page.Next == "" {
			return all
		}
		query.Set("cursor", page.Next)
	}
}

func (c client) tasks(t testing.TB, instance string) []task {
	t.Helper()
	return listAll[task](t, c, "/api/v1/tasks", url.Values{"instance": {instance}})
}

// awaitTask waits for the one open task of an instance.
func (c client) awaitTask(t testing.TB, instance string) task {
	t.Helper()
	var tasks []task
	await(t, "a task of "+instance, func() bool {
		tasks = c.tasks(t, instance)
		return len(tasks) > 0
	})
	require.Len(t, tasks, 1)
	return tasks[0]
}

// complete completes a task.
func (c client) complete(t testing.TB, id string, variables object) answer {
	t.Helper()
	return c.post(t, "/api/v1/tasks/"+id+"/complete", object{"variables": variables})
}

// awaitIncident waits for the one open incident of an instance.
func (c client) awaitIncident(t testing.TB, instance string) incident {
	t.Helper()
	var incidents []incident
	await(t, "an incident of "+instance, func() bool {
		incidents = listAll[incident](t, c, "/api/v1/incidents", url.Values{"instance": {instance}})
		return len(incidents) > 0
	})
	require.Len(t, incidents, 1)
	return incidents[0]
}

func (c client) state(t testing.TB, instance string) standing {
	t.Helper()
	var s standing
	c.get(t, "/api/v1/instances/"+instance+"/state").want(t, http.StatusOK).into(t, &s)
	return s
}

// awaitWaiting waits until an instance waits at an element.
func (c client) awaitWaiting(t testing.TB, instance, element string) {
	t.Helper()
	await(t, instance+" waits at "+element, func() bool {
		for _, token := range c.state(t, instance).Tokens {
			if token.Element == element {
				return true
			}
		}
		return false
	})
}
