package expr

// Script is a compiled list of assignments.
type Script struct {
	source string
}

// Assignment is a variable that a script has set.
type Assignment struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
}

// CompileScript reads assignments. The error is a *SyntaxError.
func CompileScript(source string) (*Script, error) { return &Script{source: source}, nil }

// Source returns the text the script was compiled from.
func (s *Script) Source() string { return s.source }

// Names returns the variables that the script reads, sorted.
func (s *Script) Names() []string { return nil }

// Run carries out the assignments.
func (s *Script) Run(env Env) ([]Assignment, error) { return nil, nil }
