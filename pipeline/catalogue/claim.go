package catalogue

import (
	"fmt"
	"time"
)

// Answer is what is known about a question.
type Answer string

// Answers.
const (
	Unknown       Answer = "unknown"
	Yes           Answer = "yes"
	No            Answer = "no"
	NotApplicable Answer = "n/a"
)

// Claim is an answer and how sure it is.
type Claim struct {
	Answer      Answer `json:"answer"`
	Unconfirmed bool   `json:"unconfirmed,omitempty"`
	Note        string `json:"note,omitempty"`
}

// String prints the answer, how sure it is, and the note.
func (c Claim) String() string {
	text := string(c.Answer)
	if c.Unconfirmed {
		text += " (unconfirmed)"
	}
	if c.Note != "" {
		text += ": " + c.Note
	}
	return text
}

// Claims that many rows make.
var (
	yes     = Claim{Answer: Yes}
	no      = Claim{Answer: No}
	likely  = Claim{Answer: Yes, Unconfirmed: true}
	unknown = Claim{Answer: Unknown}
	nowhere = Claim{Answer: NotApplicable, Note: "nothing runs elsewhere"}
	byRole  = Claim{Answer: Yes, Unconfirmed: true, Note: "by the action's roleArn"}
)

// Regions says in which Regions an action type exists. The zero value is: no page limits it beyond the Regions of
// CodePipeline and of the service behind the action.
type Regions struct {
	Only        []string `json:"only,omitempty"`
	Except      []string `json:"except,omitempty"`
	Unconfirmed bool     `json:"unconfirmed,omitempty"`
	Note        string   `json:"note,omitempty"`
}

// Timeout is how long an action may take before it fails.
type Timeout struct {
	Minutes     int    `json:"minutes"`
	Member      string `json:"member,omitempty"` // member of the action that sets it
	Key         string `json:"key,omitempty"`    // configuration key that sets it, in minutes
	Quota       bool   `json:"quota,omitempty"`  // an account quota that can be raised
	Unconfirmed bool   `json:"unconfirmed,omitempty"`
	Note        string `json:"note,omitempty"`
}

// Duration is the timeout as a duration.
func (t Timeout) Duration() time.Duration { return time.Duration(t.Minutes) * time.Minute }

// String prints the timeout in days, hours or minutes, whatever is whole.
func (t Timeout) String() string {
	switch {
	case t.Minutes >= 48*60 && t.Minutes%(24*60) == 0:
		return fmt.Sprintf("%d days", t.Minutes/60/24)
	case t.Minutes > 60 && t.Minutes%60 == 0:
		return fmt.Sprintf("%d hours", t.Minutes/60)
	}
	return fmt.Sprintf("%d minutes", t.Minutes)
}

// CompletionKind is a way in which one learns that an action is done.
type CompletionKind string

// Ways an action completes.
const (
	ByReturn CompletionKind = "return" // the call that does the work returns its result
	ByEvent  CompletionKind = "event"  // the service sends an event when the state of the work changes
	BySweep  CompletionKind = "sweep"  // nothing usable is sent: the state is looked up from time to time
	ByAnswer CompletionKind = "answer" // somebody answers through CodePipeline's own API
)

// Completion is how one learns that an action is done.
type Completion struct {
	Kind        CompletionKind `json:"by"`
	Events      []Event        `json:"events,omitempty"` // that wake us; the state is then looked up by Calls
	Calls       []string       `json:"calls,omitempty"`  // operations that tell or, by answer, bring the result
	Unconfirmed bool           `json:"unconfirmed,omitempty"`
	Note        string         `json:"note,omitempty"`
}

// Event is what EventBridge matches.
type Event struct {
	Source     string `json:"source"`
	DetailType string `json:"detailType"`
	When       string `json:"when,omitempty"` // in which case this one is sent; "" is always
}

// LostStartKind is a way to find work whose start was not recorded.
type LostStartKind string

// Ways to find a start again, before another is made.
const (
	RepeatedStart LostStartKind = "repeat" // doing it again changes nothing: it is repeated
	ByToken       LostStartKind = "token"  // the service recognizes the idempotency token
	ByName        LostStartKind = "name"   // the work has a name that follows from the action execution
	ByTag         LostStartKind = "tag"    // the work carries a tag or a comment with the action execution
	ByLookup      LostStartKind = "lookup" // the work is searched by something else that it carries
	Unfindable    LostStartKind = "none"   // no way is known: the action fails and a person decides
)

// LostStart is how a start that was made and not recorded is found again.
type LostStart struct {
	Kind        LostStartKind `json:"by"`
	Field       string        `json:"field,omitempty"`           // the parameter that carries the mark
	Lifetime    int           `json:"lifetimeMinutes,omitempty"` // of the mark; 0 is as long as the work can be looked up
	How         string        `json:"how"`
	Unconfirmed bool          `json:"unconfirmed,omitempty"`
}
