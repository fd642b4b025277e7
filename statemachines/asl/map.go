package asl

// Map is a state that runs its ItemProcessor once for every item of a list, inside the execution itself (mode INLINE).
// Its result is the list of the outputs, in the order of the items. Distributed mode is not supported.
type Map struct {
	Common
	Items         any // an array, or an expression {% %} that yields one; nil means the state's input
	ItemSelector  any // the input of an iteration; nil means the item
	ItemProcessor ItemProcessor
	// MaxConcurrency is how many iterations may run at once: a whole number or an expression {% %}; 0 and nil mean no limit.
	MaxConcurrency any
	// Step Functions accepts the tolerated failures in mode INLINE too, checks their values, and tolerates none.
	ToleratedFailureCount      any
	ToleratedFailurePercentage any
	Retry                      []Retrier
	Catch                      []Catcher
	Data
	Transition
}

// ItemProcessor is the state machine inside a Map state.
type ItemProcessor struct {
	ProcessorConfig *ProcessorConfig // nil when absent
	Branch
}

// ProcessorConfig says how a Map runs its iterations.
type ProcessorConfig struct {
	Mode string // INLINE, which is also the default
}

const inline = "INLINE"

// Type returns "Map".
func (*Map) Type() string { return "Map" }

// Successors returns Next, then each catcher's Next.
func (m *Map) Successors() []string { return append(m.successors(), catchersNext(m.Catch)...) }

func (m *Map) fields(f *fields) {
	m.Common.fields(f)
	f.value("Items", &m.Items)
	f.value("ItemSelector", &m.ItemSelector)
	f.required("ItemProcessor")
	f.member("ItemProcessor", &m.ItemProcessor)
	f.value("MaxConcurrency", &m.MaxConcurrency)
	f.value("ToleratedFailureCount", &m.ToleratedFailureCount)
	f.value("ToleratedFailurePercentage", &m.ToleratedFailurePercentage)
	list(f, "Retry", &m.Retry)
	list(f, "Catch", &m.Catch)
	m.Data.fields(f)
	m.Transition.fields(f)
}

func (p *ItemProcessor) fields(f *fields) {
	if p.ProcessorConfig != nil || f.decoding && f.has("ProcessorConfig") {
		if p.ProcessorConfig == nil {
			p.ProcessorConfig = &ProcessorConfig{}
		}
		f.member("ProcessorConfig", p.ProcessorConfig)
	}
	p.Branch.fields(f)
}

func (c *ProcessorConfig) fields(f *fields) {
	f.text("Mode", &c.Mode)
	if f.decoding && c.Mode != "" && c.Mode != inline {
		f.report("Mode", msgMapMode(c.Mode))
	}
}
