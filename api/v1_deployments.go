package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/perdure/perdure/api/service"
	"github.com/perdure/perdure/bpmn"
)

const tagProcesses = "Processes"

// DeploymentBody is the JSON form of a deployment.
type DeploymentBody struct {
	BPMN        string `json:"bpmn,omitempty" doc:"BPMN 2.0.2 XML."`
	ProcessBody Value  `json:"processBody,omitempty" doc:"As in the GovStack surface: XML as a text, our JSON form, or a list of {code, value}."`
}

// Deployment answers a deployment.
type Deployment struct {
	Processes []Process `json:"processes"`
	Warnings  []Fault   `json:"warnings"`
}

// Validation answers a validation.
type Validation struct {
	Valid  bool    `json:"valid"`
	Faults []Fault `json:"faults" doc:"Errors and warnings."`
}

// Fault is one thing that is wrong with a definition.
type Fault struct {
	Rule      string `json:"rule"`
	Severity  string `json:"severity" enum:"error,warning"`
	File      string `json:"file,omitempty" doc:"The file's name, where it came with one."`
	Process   string `json:"process,omitempty"`
	ElementID string `json:"elementId,omitempty"`
	Line      int    `json:"line,omitempty"`
	Column    int    `json:"column,omitempty"`
	Detail    string `json:"detail"`
	Hint      string `json:"hint,omitempty"`
}

func faultView(f service.FileFault) Fault {
	return Fault{
		Rule: f.Rule, Severity: string(f.Severity), File: f.Name, Process: f.Process, ElementID: f.Element,
		Line: f.Line, Column: f.Column, Detail: f.Message, Hint: f.Hint,
	}
}

// definitionMedia are the media types of definitions.
func definitionMedia() []string {
	return []string{
		"application/json", "multipart/form-data", "application/xml", "application/bpmn+xml", "text/xml",
		"application/octet-stream",
	}
}

type deploymentAnswer struct {
	Status int
	Body   Deployment
}

func (s *server) deployments(a huma.API) {
	handleRaw[none, DeploymentBody](a, operation{
		id: "deploy", method: http.MethodPost, path: "/api/v1/deployments", tag: tagProcesses,
		summary: "Deploy BPMN files", status: http.StatusCreated, also: []int{http.StatusOK}, acts: true,
		media: definitionMedia(), maxBody: maxBPMNBody,
		about: "Every process in the files becomes the next version of its key. All faults of all files are answered together, " +
			"and then nothing is deployed. 200 means that everything was deployed before, unchanged.",
	}, s.deploy)
	handleRaw[none, DeploymentBody](a, operation{
		id: "validate", method: http.MethodPost, path: "/api/v1/validate", tag: tagProcesses,
		summary: "Validate BPMN files without deploying them", media: definitionMedia(), maxBody: maxBPMNBody,
	}, s.validate)
}

func (s *server) deploy(ctx context.Context, _ *none, raw rawBody) (*deploymentAnswer, error) {
	files, err := readFiles(raw)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	deployed, err := s.service.Deploy(ctx, actorOf(ctx), files)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	answer := &deploymentAnswer{Status: http.StatusCreated, Body: Deployment{
		Processes: convertAll(deployed.Processes, processView), Warnings: convertAll(deployed.Warnings, faultView),
	}}
	if !deployed.Created {
		answer.Status = http.StatusOK
	}
	return answer, nil
}

type validationAnswer struct {
	Body Validation
}

func (s *server) validate(ctx context.Context, _ *none, raw rawBody) (*validationAnswer, error) {
	files, err := readFiles(raw)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	faults := s.service.Validate(files)
	answer := &validationAnswer{Body: Validation{Valid: true, Faults: convertAll(faults, faultView)}}
	for _, f := range faults {
		answer.Body.Valid = answer.Body.Valid && f.Severity != bpmn.Error
	}
	return answer, nil
}

// readFiles reads the definitions of a body in any of its forms.
func readFiles(raw rawBody) ([]service.File, error) {
	if problem := raw.requireMedia(definitionMedia()...); problem != nil {
		return nil, problem
	}
	switch raw.media {
	case "multipart/form-data":
		return readForm(raw)
	case "application/json":
		return readDeployment(raw)
	case "":
		if bytes.HasPrefix(bytes.TrimSpace(raw.data), []byte("{")) {
			return readDeployment(raw)
		}
	}
	if len(bytes.TrimSpace(raw.data)) == 0 {
		return nil, newProblem(kindBody, "the body is empty; it should hold a BPMN file")
	}
	return []service.File{{Media: "application/xml", XML: raw.data}}, nil
}

func readDeployment(raw rawBody) ([]service.File, error) {
	var body DeploymentBody
	if err := readJSON(raw, &body, definitionJSON(false)); err != nil {
		return nil, err
	}
	switch {
	case body.BPMN != "" && !isNull(body.ProcessBody):
		return nil, wrong("give bpmn or processBody, not both", "processBody")
	case body.BPMN != "":
		return []service.File{{Media: "application/xml", XML: []byte(body.BPMN)}}, nil
	case isNull(body.ProcessBody):
		return nil, wrong("the field bpmn or the field processBody is required", "bpmn")
	}
	xml, err := definitionXML(body.ProcessBody, "processBody")
	return []service.File{{Media: "application/xml", XML: xml}}, err
}

// maxFiles bounds the parts of one form.
const maxFiles = 100

// readForm reads the files of a form, under whatever names they come. Other
// fields are refused: they would be meant for something.
func readForm(raw rawBody) ([]service.File, error) {
	_, parameters, err := mime.ParseMediaType(raw.header)
	if err != nil || parameters["boundary"] == "" {
		return nil, newProblem(kindMedia, "multipart/form-data needs a boundary")
	}
	var files []service.File
	reader := multipart.NewReader(bytes.NewReader(raw.data), parameters["boundary"])
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, newProblem(kindBody, "the form cannot be read: it is not well-formed multipart")
		}
		if part.FileName() == "" {
			return nil, newProblem(kindBody, fmt.Sprintf("the field %q is not a file", part.FormName()))
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return nil, newProblem(kindBody, "the form ended before its end")
		}
		if files = append(files, service.File{Name: part.FileName(), Media: "application/xml", XML: data}); len(files) > maxFiles {
			return nil, newProblem(kindBody, fmt.Sprintf("the form has more than %d files", maxFiles))
		}
	}
	if len(files) == 0 {
		return nil, newProblem(kindBody, "the form has no file")
	}
	return files, nil
}
