package expr

import "strings"

// A splitter cuts a script into the texts of its statements. It knows strings,
// comments and brackets, and nothing else of the grammar.
type splitter struct {
	runes        []rune
	at           int
	line, column int
	depth        int
	parts        []part
	current      strings.Builder
	start        part
	// unclosed is set once a comment without an end was found: no later one
	// has an end either.
	unclosed bool
}

func splitStatements(source string) []part {
	s := splitter{runes: []rune(source), line: 1, column: 1}
	for s.at < len(s.runes) {
		s.step()
	}
	s.end()
	return s.parts
}

// step goes past one character, one string or one comment.
func (s *splitter) step() {
	switch r := s.runes[s.at]; {
	case r == '"' || r == '\'' || r == '`':
		s.string(r)
	case r == '/' && s.next() == '/', r == '#' && s.depth == 0:
		s.lineComment()
	case r == '/' && s.next() == '*' && s.commentEnds():
		s.blockComment()
	case s.depth == 0 && (r == ';' || r == '\n'):
		s.end()
		s.skip()
	default:
		switch r {
		case '(', '[', '{':
			s.depth++
		case ')', ']', '}':
			s.depth = max(0, s.depth-1)
		}
		s.take()
	}
}

// next returns the character after this one, 0 at the end.
func (s *splitter) next() rune {
	if s.at+1 < len(s.runes) {
		return s.runes[s.at+1]
	}
	return 0
}

// take puts one character into the statement, which begins with the first one
// that is not blank.
func (s *splitter) take() {
	r := s.runes[s.at]
	if s.current.Len() == 0 {
		if strings.ContainsRune(" \t\r\n", r) {
			s.skip()
			return
		}
		s.start = part{line: s.line, column: s.column}
	}
	s.current.WriteRune(r)
	s.skip()
}

// skip goes past one character.
func (s *splitter) skip() {
	if s.runes[s.at] == '\n' {
		s.line, s.column = s.line+1, 1
	} else {
		s.column++
	}
	s.at++
}

// blank puts a blank in the place of a character of a comment, which keeps the
// positions of what follows.
func (s *splitter) blank() {
	if s.current.Len() > 0 {
		if s.runes[s.at] == '\n' {
			s.current.WriteByte('\n')
		} else {
			s.current.WriteByte(' ')
		}
	}
	s.skip()
}

// string takes a string to its end; if it has none, the compiler will say so.
// A string with quotes ends with its line at the latest.
func (s *splitter) string(quote rune) {
	s.take()
	for s.at < len(s.runes) {
		r := s.runes[s.at]
		if r == '\n' && quote != '`' {
			return
		}
		if r == '\\' && quote != '`' && s.at+1 < len(s.runes) && s.next() != '\n' {
			s.take()
		}
		s.take()
		if r == quote {
			return
		}
	}
}

func (s *splitter) lineComment() {
	for s.at < len(s.runes) && s.runes[s.at] != '\n' {
		s.blank()
	}
}

// commentEnds reports whether the comment that begins here has an end. One that
// has none stays in its statement, and the compiler refuses that.
func (s *splitter) commentEnds() bool {
	for i := s.at + 2; !s.unclosed && i+1 < len(s.runes); i++ {
		if s.runes[i] == '*' && s.runes[i+1] == '/' {
			return true
		}
	}
	s.unclosed = true
	return false
}

func (s *splitter) blockComment() {
	s.blank()
	s.blank()
	for s.at < len(s.runes) {
		ends := s.runes[s.at] == '*' && s.next() == '/'
		s.blank()
		if ends {
			s.blank()
			return
		}
	}
}

// end closes the statement.
func (s *splitter) end() {
	if text := strings.TrimRight(s.current.String(), " \t\r\n"); text != "" {
		s.start.text = text
		s.parts = append(s.parts, s.start)
	}
	s.current.Reset()
	s.depth = 0
}
