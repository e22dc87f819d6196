package samples

import (
	"strings"
	"testing"

	"github.com/beevik/etree"
	"github.com/stretchr/testify/require"
)

// drawingProblems reports what of a process is not drawn: every node and
// artifact needs a shape, and every flow and association an edge that begins
// and ends at the shapes that it connects.
func drawingProblems(t *testing.T, source []byte) map[string]string {
	t.Helper()
	doc := etree.NewDocument()
	require.NoError(t, doc.ReadFromBytes(source))
	shapes, edges := map[string]*etree.Element{}, map[string]*etree.Element{}
	for _, e := range doc.FindElements("//BPMNShape") {
		shapes[e.SelectAttrValue("bpmnElement", "")] = e.FindElement("Bounds")
	}
	for _, e := range doc.FindElements("//BPMNEdge") {
		edges[e.SelectAttrValue("bpmnElement", "")] = e
	}
	problems := map[string]string{}
	for _, e := range doc.FindElement("//process").ChildElements() {
		id := e.SelectAttrValue("id", "")
		switch {
		case e.Tag == "documentation":
		case e.Tag == "sequenceFlow" || e.Tag == "association":
			if edges[id] == nil {
				problems[id] = "it has no edge"
				continue
			}
			points := edges[id].FindElements("waypoint")
			if !touches(t, points[0], shapes[e.SelectAttrValue("sourceRef", "")]) ||
				!touches(t, points[len(points)-1], shapes[e.SelectAttrValue("targetRef", "")]) {
				problems[id] = "its edge does not connect its ends"
			}
		case shapes[id] == nil:
			problems[id] = "it has no shape"
		}
	}
	return problems
}

// touches reports whether a waypoint lies on the border of a shape.
func touches(t *testing.T, point, bounds *etree.Element) bool {
	t.Helper()
	if bounds == nil {
		return false
	}
	x, y := number(t, point, "x"), number(t, point, "y")
	left, top := number(t, bounds, "x"), number(t, bounds, "y")
	right, bottom := left+number(t, bounds, "width"), top+number(t, bounds, "height")
	within := x >= left && x <= right && y >= top && y <= bottom
	return within && (x == left || x == right || y == top || y == bottom)
}

func number(t *testing.T, e *etree.Element, attribute string) int {
	t.Helper()
	n := 0
	for _, digit := range e.SelectAttrValue(attribute, "") {
		require.True(t, strings.ContainsRune("0123456789", digit), "%s of %s is a whole number", attribute, e.Tag)
		n = 10*n + int(digit-'0')
	}
	return n
}
