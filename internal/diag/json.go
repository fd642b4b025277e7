package diag

import (
	"encoding/json"
	"io"
)

type jsonPosition struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

type jsonNote struct {
	Message string        `json:"message"`
	File    string        `json:"file,omitempty"`
	Start   *jsonPosition `json:"start,omitempty"`
	End     *jsonPosition `json:"end,omitempty"`
}

type jsonDiagnostic struct {
	Code     string        `json:"code"`
	Severity string        `json:"severity"`
	Message  string        `json:"message"`
	File     string        `json:"file"`
	Start    *jsonPosition `json:"start,omitempty"`
	End      *jsonPosition `json:"end,omitempty"`
	Notes    []jsonNote    `json:"notes"`
	Help     string        `json:"help,omitempty"`
}

// MarshalJSON encodes the diagnostic as {code, severity, message, file, start, end, notes, help}. Positions are
// {line, column}; they are left out when the place is not known, and help when there is none.
func (d Diagnostic) MarshalJSON() ([]byte, error) { return json.Marshal(d.twin()) }

func (d Diagnostic) twin() jsonDiagnostic {
	twin := jsonDiagnostic{
		Code: d.Code, Severity: d.Severity.String(), Message: d.Message, Help: d.Help,
		File: d.At.Start.File, Start: jsonOf(d.At.Start), End: jsonOf(d.At.End),
		Notes: make([]jsonNote, 0, len(d.Notes)),
	}
	for _, n := range d.Notes {
		twin.Notes = append(twin.Notes, jsonNote{n.Message, n.At.Start.File, jsonOf(n.At.Start), jsonOf(n.At.End)})
	}
	return twin
}

func jsonOf(p Position) *jsonPosition {
	if !p.IsKnown() {
		return nil
	}
	return &jsonPosition{p.Line, p.Column}
}

// WriteJSON writes the whole list as one JSON array, without the limit that the text has.
func (l List) WriteJSON(w io.Writer) error {
	twins := make([]jsonDiagnostic, len(l))
	for i := range l {
		twins[i] = l[i].twin()
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(twins)
}
