package e2e

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBadRequests(t *testing.T) {
	t.Parallel()
	p := platform(t)
	p.deploy(t, "script.bpmn")

	for _, path := range []string{"/processes/script/start", "/api/v1/instances", "/processes", "/api/v1/messages", "/api/v1/signals"} {
		t.Run("NotJSON"+strings.ReplaceAll(path, "/", "_"), func(t *testing.T) {
			for _, body := range []string{"{", `{"a": 1,}`, `{"a": 1} {}`, "\xff", strings.Repeat("[", 100_000)} {
				refused := p.post(t, path, body).problem(t, http.StatusBadRequest, "json-invalid")
				require.NotEmpty(t, refused.Errors)
			}
			refused := p.post(t, path, `{"name": "m", "name": "n"}`).problem(t, http.StatusBadRequest, "body-invalid")
			require.NotEmpty(t, refused.Errors)
		})
	}

	pointers := []struct {
		name, path, body, pointer string
	}{
		{"Missing", "/processes/script/start", `{"InstanceValues": {"n": 1}}`, "/processStartedBy"},
		{"WrongType", "/processes/script/start", `{"processStartedBy": 7}`, "/processStartedBy"},
		{"WrongItem", "/processes/script/start", `{"processStartedBy": "ada", "InstanceValues": [{"n": 1}, 2]}`, "/InstanceValues/1"},
		{"UnknownField", "/api/v1/instances", `{"process": "script", "businesskey": "x"}`, "/businesskey"},
		{"NoProcess", "/api/v1/instances", `{}`, "/process"},
		{"VariablesNoObject", "/api/v1/instances", `{"process": "script", "variables": [1]}`, "/variables"},
		{"BadDuration", "/api/v1/messages", `{"name": "m", "timeToLive": "soon"}`, "/timeToLive"},
		{"NoBody", "/processes", `{"name": "x"}`, "/processBody"},
	}
	for _, test := range pointers {
		t.Run("Pointer"+test.name, func(t *testing.T) {
			refused := p.post(t, test.path, test.body)
			require.Equal(t, http.StatusBadRequest, refused.status, "%s", refused.body)
			var got problem
			refused.into(t, &got)
			require.NotEmpty(t, got.Errors)
			require.Equal(t, test.pointer, got.Errors[0].Pointer, "%s", refused.body)
		})
	}

	t.Run("UnknownIDs", func(t *testing.T) {
		for _, request := range []string{
			"GET /processes/none", "POST /processes/none/start", "DELETE /processes/none", "GET /instances/none",
			"POST /instances/none/stop", "GET /instances/?processId=none", "GET /api/v1/instances/none", "GET /api/v1/instances/none/state",
			"GET /api/v1/instances/none/history", "GET /api/v1/instances/none/variables", "POST /api/v1/instances/none/stop",
			"GET /api/v1/tasks/none", "POST /api/v1/tasks/none/complete", "GET /api/v1/incidents/none", "POST /api/v1/incidents/none/retry",
			"GET /api/v1/processes/none", "GET /nowhere", "GET /api/v1/nowhere",
		} {
			method, path, _ := strings.Cut(request, " ")
			var body any
			if strings.HasSuffix(path, "/start") {
				body = object{"processStartedBy": "ada"}
			}
			p.call(t, method, path, body).problem(t, http.StatusNotFound, "not-found")
		}
	})

	t.Run("OtherMethod", func(t *testing.T) {
		refused := p.call(t, http.MethodDelete, "/instances/", nil)
		refused.problem(t, http.StatusMethodNotAllowed, "method-not-allowed")
		require.Equal(t, "GET", refused.header.Get("Allow"))
	})

	t.Run("OtherMediaType", func(t *testing.T) {
		p.post(t, "/api/v1/instances", "process=script", "Content-Type", "application/x-www-form-urlencoded").
			problem(t, http.StatusUnsupportedMediaType, "media-type")
	})

	t.Run("TooLargeVariables", func(t *testing.T) {
		p.post(t, "/api/v1/instances", object{"process": "script", "variables": object{"n": strings.Repeat("x", 2<<20)}}).
			problem(t, http.StatusRequestEntityTooLarge, "body-too-large")
	})
	t.Run("DeepVariables", func(t *testing.T) {
		a := p.post(t, "/api/v1/instances", `{"process": "script", "variables": {"n": `+strings.Repeat("[", 200)+strings.Repeat("]", 200)+`}}`)
		require.Equal(t, http.StatusBadRequest, a.status, "%s", a.body)
	})
	require.Equal(t, "completed", p.run(t, "script", object{"n": 1}).State)
}

func TestBadDefinitions(t *testing.T) {
	t.Parallel()
	p := platform(t)
	head := `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:t">`
	deploy := func(xml string) answer {
		return p.post(t, "/api/v1/deployments", xml, "Content-Type", "application/xml")
	}

	t.Run("TenMegabytes", func(t *testing.T) {
		deploy(head+strings.Repeat(" ", 10<<20)+"</definitions>").problem(t, http.StatusRequestEntityTooLarge, "body-too-large")
	})

	t.Run("BillionLaughs", func(t *testing.T) {
		var bomb strings.Builder
		bomb.WriteString(`<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a0 "ha">`)
		for i := range 10 {
			fmt.Fprintf(&bomb, `<!ENTITY a%d "%s">`, i+1, strings.Repeat(fmt.Sprintf("&a%d;", i), 10))
		}
		bomb.WriteString("]>" + head + `<process id="p"><documentation>&a10;</documentation></process></definitions>`)
		refused := deploy(bomb.String()).problem(t, http.StatusUnprocessableEntity, "bpmn-invalid")
		require.NotEmpty(t, refused.Errors)
	})

	t.Run("ExternalEntity", func(t *testing.T) {
		secret := t.TempDir() + "/secret"
		require.NoError(t, os.WriteFile(secret, []byte("top secret"), 0o600))
		a := deploy(`<!DOCTYPE d [<!ENTITY x SYSTEM "file://` + secret + `">]>` + head +
			`<process id="p"><documentation>&x;</documentation></process></definitions>`)
		a.problem(t, http.StatusUnprocessableEntity, "bpmn-invalid")
		require.NotContains(t, string(a.body), "top secret")
	})

	t.Run("DeepNesting", func(t *testing.T) {
		deploy(head+`<process id="p">`+strings.Repeat(`<subProcess>`, 10_000)+strings.Repeat(`</subProcess>`, 10_000)+`</process></definitions>`).
			problem(t, http.StatusUnprocessableEntity, "bpmn-invalid")
	})

	t.Run("NotXML", func(t *testing.T) {
		for _, text := range []string{"hello", "<definitions", "{}", "<html/>", "\x00\x01"} {
			deploy(text).problem(t, http.StatusUnprocessableEntity, "bpmn-invalid")
		}
		deploy("").want(t, http.StatusBadRequest)
	})

	t.Run("EveryFaultAtOnce", func(t *testing.T) {
		refused := deploy(head+`<process id="p" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="nowhere"/>
			<serviceTask id="t"/><endEvent id="e"/></process></definitions>`).problem(t, http.StatusUnprocessableEntity, "bpmn-invalid")
		rules := map[string]bool{}
		for _, e := range refused.Errors {
			require.NotEmpty(t, e.Detail)
			require.NotEmpty(t, e.Hint)
			rules[e.Code] = true
		}
		require.True(t, rules["task-without-implementation"], "%v", rules)
		require.Greater(t, len(rules), 1)
	})

	t.Run("OneBadFileDeploysNone", func(t *testing.T) {
		var form bytes.Buffer
		parts := multipart.NewWriter(&form)
		for name, xml := range map[string]string{
			"good.bpmn": head + `<process id="half-good" isExecutable="true"><startEvent id="s"/></process></definitions>`,
			"bad.bpmn":  head + `<process id="half-bad" isExecutable="true"><serviceTask id="s"/></process></definitions>`,
		} {
			part, err := parts.CreateFormFile("file", name)
			require.NoError(t, err)
			_, err = part.Write([]byte(xml))
			require.NoError(t, err)
		}
		require.NoError(t, parts.Close())
		p.post(t, "/api/v1/deployments", form.Bytes(), "Content-Type", parts.FormDataContentType()).
			problem(t, http.StatusUnprocessableEntity, "bpmn-invalid")
		p.get(t, "/processes/half-good").problem(t, http.StatusNotFound, "not-found")
	})
	require.Equal(t, http.StatusOK, p.status(p.ready))
}
