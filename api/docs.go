package api

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"
)

// The documentation page is rendered once from the OpenAPI document, so that
// it works without a network and without script.

// docsOperation is one operation as the page shows it.
type docsOperation struct {
	Method, Path, ID, Summary, About, Tag string
	Parameters                            []docsParameter
	Bodies                                []docsBody
	Answers                               []docsAnswer
}

type docsParameter struct{ Name, In, About, Schema string }

type docsBody struct{ Media, Schema string }

type docsAnswer struct{ Status, About, Schema string }

type docsTag struct {
	Name, About string
	Operations  []docsOperation
}

type docsSchema struct{ Name, Text string }

// docsDocument is the part of an OpenAPI document that the page shows.
type docsDocument struct {
	Info struct{ Title, Version, Description string }
	Tags []struct{ Name, Description string }

	Paths map[string]map[string]struct {
		OperationID, Summary, Description string
		Tags                              []string
		Parameters                        []struct {
			Name, In, Description string
			Schema                json.RawMessage
		}
		RequestBody struct {
			Content map[string]struct{ Schema json.RawMessage }
		}
		Responses map[string]struct {
			Description string
			Content     map[string]struct{ Schema json.RawMessage }
		}
	}
	Components struct{ Schemas map[string]json.RawMessage }
}

func renderDocs(openapi []byte) ([]byte, error) {
	var document docsDocument
	if err := json.Unmarshal(openapi, &document); err != nil {
		return nil, fmt.Errorf("api: docs: %w", err)
	}
	tags := make([]docsTag, len(document.Tags))
	for i, tag := range document.Tags {
		tags[i] = docsTag{Name: tag.Name, About: tag.Description, Operations: document.operations(tag.Name)}
	}
	var schemas []docsSchema
	for _, name := range slices.Sorted(maps.Keys(document.Components.Schemas)) {
		var text bytes.Buffer
		if err := json.Indent(&text, document.Components.Schemas[name], "", "  "); err != nil {
			return nil, fmt.Errorf("api: docs: schema %s: %w", name, err)
		}
		schemas = append(schemas, docsSchema{Name: name, Text: text.String()})
	}
	var page bytes.Buffer
	err := docsPage.Execute(&page, struct {
		Title, Version, About string
		Tags                  []docsTag
		Schemas               []docsSchema
	}{document.Info.Title, document.Info.Version, document.Info.Description, tags, schemas})
	if err != nil {
		return nil, fmt.Errorf("api: docs: %w", err)
	}
	return page.Bytes(), nil
}

// operations lists those of a tag, by path.
func (d docsDocument) operations(tag string) []docsOperation {
	var operations []docsOperation
	for path, methods := range d.Paths {
		for method, op := range methods {
			if !slices.Contains(op.Tags, tag) {
				continue
			}
			shown := docsOperation{
				Method: strings.ToUpper(method), Path: path, ID: op.OperationID, Summary: op.Summary, About: op.Description, Tag: tag,
			}
			for _, p := range op.Parameters {
				shown.Parameters = append(shown.Parameters, docsParameter{p.Name, p.In, p.Description, compact(p.Schema)})
			}
			for _, media := range slices.Sorted(maps.Keys(op.RequestBody.Content)) {
				shown.Bodies = append(shown.Bodies, docsBody{media, compact(op.RequestBody.Content[media].Schema)})
			}
			for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
				answer := docsAnswer{Status: status, About: op.Responses[status].Description}
				for _, media := range slices.Sorted(maps.Keys(op.Responses[status].Content)) {
					answer.Schema = compact(op.Responses[status].Content[media].Schema)
				}
				shown.Answers = append(shown.Answers, answer)
			}
			operations = append(operations, shown)
		}
	}
	slices.SortFunc(operations, func(a, b docsOperation) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
	return operations
}

// compact shows a schema in one line, a reference by its name.
func compact(schema json.RawMessage) string {
	var reference struct {
		Ref   string `json:"$ref"`
		Items struct {
			Ref string `json:"$ref"`
		} `json:"items"`
	}
	if json.Unmarshal(schema, &reference) == nil {
		switch {
		case reference.Ref != "":
			return reference.Ref[strings.LastIndexByte(reference.Ref, '/')+1:]
		case reference.Items.Ref != "":
			return "list of " + reference.Items.Ref[strings.LastIndexByte(reference.Items.Ref, '/')+1:]
		}
	}
	text := string(schema)
	if len(text) > 300 {
		text = strings.ToValidUTF8(text[:300], "") + "…"
	}
	return text
}

var docsPage = template.Must(template.ParseFS(assets, "assets/docs.html"))
