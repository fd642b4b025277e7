package pipeline

import (
	"cmp"
	"slices"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline/tree"
)

// Text is a scalar that is read as a string, with its place, and perhaps with placeholders.
type Text = tree.Text

// Number is a scalar that is read as an integer, with its place.
type Number struct {
	Value int
	Set   bool
	At    diag.Range
}

// Form says which of the accepted forms a definition was written in.
type Form int

// Forms of a definition.
const (
	FormAuthoring Form = iota // {name, stages}: what the platform can supply may be left out
	FormRequest               // {"pipeline": {...}, "tags": [...]}: input of CreatePipeline and UpdatePipeline
	FormOutput                // what get-pipeline prints: with metadata
	FormTemplate              // a resource of a CloudFormation template
)

// Pipeline is a whole definition (PipelineDeclaration in the API).
type Pipeline struct {
	At             diag.Range
	Form           Form
	Name           Text
	RoleArn        Text
	ArtifactStore  *ArtifactStore
	ArtifactStores []ArtifactStore // each with its Region
	Stages         []Stage
	Version        Number // assigned by the service; never part of a definition's meaning
	ExecutionMode  Text
	PipelineType   Text
	Variables      []Variable
	Triggers       []Trigger
	Tags           []Tag
	Template       *Template // what a template says beyond the definition; nil in the other forms

	unreadable bool // the document was none: Check has nothing to look at
}

// spelling is how the definition's form writes the names of members.
func (p *Pipeline) spelling() spelling { return p.Form == FormTemplate }

// IsMade reports whether CloudFormation would make the pipeline: false where its resource has a condition that does not hold.
func (p *Pipeline) IsMade() bool { return p.Template == nil || !p.Template.unmade }

// Execution modes.
const (
	ModeSuperseded = "SUPERSEDED"
	ModeQueued     = "QUEUED"
	ModeParallel   = "PARALLEL"
)

// Mode returns the execution mode, SUPERSEDED by default.
func (p *Pipeline) Mode() string { return cmp.Or(p.ExecutionMode.Value, ModeSuperseded) }

// ArtifactStore is where artifacts of one Region are kept. Region is set in Pipeline.ArtifactStores only.
type ArtifactStore struct {
	At            diag.Range
	Region        Text
	Type          Text
	Location      Text
	EncryptionKey *EncryptionKey
}

// EncryptionKey is the KMS key of an artifact store.
type EncryptionKey struct {
	At       diag.Range
	ID, Type Text
}

// Variable declares a pipeline variable, read as #{variables.NAME}. Without a DefaultValue a start must give a value.
type Variable struct {
	At           diag.Range
	Name         Text
	DefaultValue Text
	Description  Text
}

// Tag is a tag of the pipeline resource.
type Tag struct {
	At         diag.Range
	Key, Value Text
}

// Stage is one stage (StageDeclaration).
type Stage struct {
	At          diag.Range
	Name        Text
	Blockers    []Blocker
	Actions     []Action
	BeforeEntry *StageConditions
	OnSuccess   *StageConditions
	OnFailure   *FailureConditions
}

// Groups returns the stage's actions grouped by runOrder: groups ascending, actions in the order of the definition.
// The actions of one group run in parallel.
func (s *Stage) Groups() [][]*Action {
	actions := make([]*Action, len(s.Actions))
	for i := range s.Actions {
		actions[i] = &s.Actions[i]
	}
	slices.SortStableFunc(actions, func(a, b *Action) int {
		return cmp.Compare(a.RunOrderOrDefault(), b.RunOrderOrDefault())
	})
	var groups [][]*Action
	for i, a := range actions {
		if i == 0 || a.RunOrderOrDefault() != actions[i-1].RunOrderOrDefault() {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], a)
	}
	return groups
}

// Blocker is reserved by the API for future use; it is carried and has no meaning.
type Blocker struct {
	At         diag.Range
	Name, Type Text
}

// Action is one action (ActionDeclaration).
type Action struct {
	At                   diag.Range
	Name                 Text
	ActionTypeID         ActionTypeID
	RunOrder             Number
	Configuration        []Property
	Commands             []Text
	OutputArtifacts      []OutputArtifact
	InputArtifacts       []Text // names
	OutputVariables      []Text
	RoleArn              Text
	Region               Text
	Namespace            Text
	TimeoutInMinutes     Number
	EnvironmentVariables []EnvironmentVariable
	When                 []VariableCheck // all must hold, or the action does nothing; only the authoring form has them
}

// RunOrderOrDefault returns the action's runOrder, 1 by default.
func (a *Action) RunOrderOrDefault() int {
	if !a.RunOrder.Set {
		return 1
	}
	return a.RunOrder.Value
}

// Setting returns the value of a configuration key, and whether the definition has it.
func (a *Action) Setting(key string) (Text, bool) {
	for i := range a.Configuration {
		if a.Configuration[i].Key.Value == key {
			return a.Configuration[i].Value, true
		}
	}
	return Text{}, false
}

// ActionTypeID names an action type. Owner and Version are filled in where the authoring form left them out.
type ActionTypeID struct {
	At                                 diag.Range
	Category, Owner, Provider, Version Text
}

// String prints Category/Owner/Provider/Version.
func (id ActionTypeID) String() string {
	return id.Category.Value + "/" + id.Owner.Value + "/" + id.Provider.Value + "/" + id.Version.Value
}

// IsKnown reports whether all four parts are known: a template leaves none of them open.
func (id ActionTypeID) IsKnown() bool {
	return id.Category.IsKnown() && id.Owner.IsKnown() && id.Provider.IsKnown() && id.Version.IsKnown()
}

// Property is one entry of a configuration.
type Property struct {
	Key, Value Text
}

// OutputArtifact is an artifact that an action makes. Files are globs, for Commands actions only.
type OutputArtifact struct {
	At    diag.Range
	Name  Text
	Files []Text
}

// EnvironmentVariable is an environment variable of an action. Type is PLAINTEXT (default) or SECRETS_MANAGER.
type EnvironmentVariable struct {
	At                diag.Range
	Name, Value, Type Text
}
