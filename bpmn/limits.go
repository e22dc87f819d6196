package bpmn

// What a file may hold at most. A file beyond a limit is refused as a whole.
const (
	MaxBytes       = 4 << 20   // of the file
	MaxJSONBytes   = 12 << 20  // of its JSON form
	MaxDepth       = 64        // of nested elements
	MaxXMLElements = 150_000   // of any namespace
	MaxAttributes  = 64        // of one element, namespace declarations included
	MaxAttribute   = 16 << 10  // bytes of one attribute
	MaxText        = 256 << 10 // bytes of text directly inside one element
	MaxElements    = 5_000     // flow nodes, sequence flows and other elements of BPMN with an id
	MaxProcesses   = 200
	MaxShapes      = 10_000 // of the diagrams
	MaxID          = 255    // characters of an id
	MaxGraphBytes  = 16 << 20
)

// maxFaults bounds what one answer lists; the rest is counted.
const maxFaults = 100
