package api_test

import (
	"testing"

	"github.com/perdure/perdure/api/apitest"
)

func TestSmoke(t *testing.T) {
	a := apitest.New(t, &apitest.Temporal{})
	id := a.Deploy(t, apitest.Order)
	for _, p := range []string{"/processes", "/processes/order", "/processes/" + id, "/instances", "/instances/", "/", "/healthz", "/readyz", "/version", "/metrics", "/nope", "/api/v1/processes?x=1", "/api/v1/processes?limit=a", "/problems/not-found", "/api/v1/processes/order/definition", "/api/v1/audit"} {
		r := a.Get(t, p)
		b := r.Body
		if len(b) > 700 {
			b = b[:700]
		}
		t.Logf("%s %d %s\n%s", p, r.Status, r.Header.Get("Content-Type"), b)
	}
	r := a.Post(t, "/processes/order/start", `{"processStartedBy":"me","InstanceValues":[{"code":"a","value":"1"},{"b":2}]}`)
	t.Logf("%d %v %s", r.Status, r.Header, r.Body)
}
