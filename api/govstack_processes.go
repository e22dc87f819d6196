package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/perdure/perdure/api/service"
	"github.com/perdure/perdure/repository"
)

const tagGovStack = "GovStack"

// govRef names a process in a path.
type govRef struct {
	ProcessID string `path:"processId" maxLength:"600" doc:"A full id, key:version, a uuid, or a key for the latest enabled version."`
}

type govProcessAnswer struct {
	Location string `header:"Location"`
	Body     GovProcess
}

type govProcessList struct {
	Link string `header:"Link"`
	Body []GovProcess
}

func (s *server) govProcesses(a huma.API) {
	handle(a, operation{
		id: "getProcessList", method: http.MethodGet, path: "/processes", tag: tagGovStack,
		summary: "List the enabled processes",
		about:   "The latest enabled version of each process (GS-8.1). /api/v1/processes lists all versions.",
	}, s.govListProcesses)
	handle(a, operation{
		id: "getProcess", method: http.MethodGet, path: "/processes/{processId}", tag: tagGovStack,
		summary: "Show a process with its BPMN", errors: []int{404},
	}, s.govGetProcess)
	handleRaw[none, GovDefinitionBody](a, operation{
		id: "addProcess", method: http.MethodPost, path: "/processes", tag: tagGovStack,
		summary: "Deploy a process", status: http.StatusCreated, acts: true, lenient: true, maxBody: maxBPMNBody,
		about: "Deploys the BPMN in processBody as the next version of its process (GS-8.3).",
	}, s.govAddProcess)
	handleRaw[govRef, GovDefinitionBody](a, operation{
		id: "updateProcess", method: http.MethodPut, path: "/processes/{processId}", tag: tagGovStack,
		summary: "Change a process", status: http.StatusNoContent, lenient: true, errors: []int{404, 422}, maxBody: maxBPMNBody,
		about: "Changes name, type, description, isClosed and status. With a processBody the next version is deployed.",
	}, s.govUpdateProcess)
	handle(a, operation{
		id: "deleteProcess", method: http.MethodDelete, path: "/processes/{processId}", tag: tagGovStack,
		summary: "Delete a process", errors: []int{404},
		about: "The version is not listed and not started any more. Its instances go on.",
	}, s.govDeleteProcess)
}

func (s *server) govListProcesses(ctx context.Context, in *Paged) (*govProcessList, error) {
	rows, next, err := s.service.Processes(ctx, repository.ProcessFilter{EnabledOnly: true, LatestOnly: true}, in.page())
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &govProcessList{Link: linkNext(ctx, next), Body: convertAll(rows, func(p repository.Process) GovProcess { return govProcess(p, nil) })}, nil
}

func (s *server) govGetProcess(ctx context.Context, in *govRef) (*govProcessAnswer, error) {
	p, xml, err := s.service.Source(ctx, in.ProcessID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &govProcessAnswer{Body: govProcess(p, xml)}, nil
}

func (s *server) govAddProcess(ctx context.Context, _ *none, raw rawBody) (*govProcessAnswer, error) {
	body, path, err := readDefinition(raw)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	if isNull(body.ProcessBody) {
		return nil, wrong("the field processBody is required: it carries the BPMN", append(path, "processBody")...)
	}
	xml, err := definitionXML(body.ProcessBody, append(path, "processBody")...)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	deployed, err := s.service.Deploy(ctx, actorOf(ctx), []service.File{{Media: "application/xml", XML: xml, Describe: body.update()}})
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	p := deployed.Processes[0]
	return &govProcessAnswer{Location: pathOf("processes", p.ID), Body: govProcess(p, xml)}, nil
}

// readDefinition reads a ProcessDefinition, flat or nested; path leads to it.
func readDefinition(raw rawBody) (GovDefinitionBody, []string, error) {
	var body GovDefinitionBody
	if err := readJSON(raw, &body, definitionJSON(true)); err != nil {
		return body, nil, err
	}
	flat, path := body.flat()
	return flat, path, nil
}

func (s *server) govUpdateProcess(ctx context.Context, in *govRef, raw rawBody) (*none, error) {
	body, path, err := readDefinition(raw)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	var xml []byte
	if !isNull(body.ProcessBody) {
		if xml, err = definitionXML(body.ProcessBody, append(path, "processBody")...); err != nil {
			return nil, s.problem(ctx, err)
		}
	}
	if _, err := s.service.Update(ctx, actorOf(ctx), in.ProcessID, body.update(), xml); err != nil {
		return nil, s.problem(ctx, err)
	}
	return nil, nil
}

type govDeleted struct {
	Body struct {
		ID    string `json:"id"`
		State string `json:"state" enum:"deleted"`
	}
}

func (s *server) govDeleteProcess(ctx context.Context, in *govRef) (*govDeleted, error) {
	p, err := s.service.Delete(ctx, actorOf(ctx), in.ProcessID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	answer := &govDeleted{}
	answer.Body.ID, answer.Body.State = p.ID, "deleted"
	return answer, nil
}
