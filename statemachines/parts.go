package statemachines

// part is a stretch of stages that one machine takes an execution through: the indices of its first and its last one.
type part struct{ first, last int }

// whole is the part with all stages.
func (p plan) whole() part { return part{0, len(p.stages) - 1} }

// pack puts stages into as few machines as hold them, each beginning where the one before is full. The figures by which
// they are packed are never less than those of the machines that come of it. A stage that is too large for a machine of
// its own is left for the limits to refuse.
func (f *forms) pack() []part {
	around := f.loadAround()
	var parts []part
	var room load
	for i := range f.plan.stages {
		stage := f.loadOf(i)
		if total := room.plus(stage); len(parts) > 0 && total.within(f.capacity) {
			room = total
			parts[len(parts)-1].last = i
			continue
		}
		parts = append(parts, part{i, i})
		room = around.plus(stage)
	}
	return parts
}

// load is what stages take of the limits that hold for a whole machine: history events, bytes of its definition, and of
// what is assigned when it is resumed.
type load struct{ events, bytes, assigned int }

func (l load) plus(m load) load {
	return load{l.events + m.events, l.bytes + m.bytes, l.assigned + m.assigned}
}

func (l load) within(most load) bool {
	return l.events <= most.events && l.bytes <= most.bytes && l.assigned <= most.assigned
}

// capacity is what one machine holds.
var capacity = load{events: limitEvents, bytes: limitDefinition, assigned: limitPayload}

// loadOf is what a stage takes. An artifact is counted in every stage that takes it, since the stage may be the first of
// its machine, and in the one that makes it; so is a variable.
func (f *forms) loadOf(i int) load {
	l := load{events: worstEvents.machine(f.plan.stages[i].enter, f.stages[i])}
	for _, state := range f.stages[i] {
		l.bytes += f.lengths.member(state)
	}
	read := scopeOf(f.plan, part{i, i})
	l.assigned = f.producedBytes(i) + read.artifactsBytes() + read.variablesBytes()
	for u := range f.plan.stages[i].units() {
		l.assigned += f.scope.namespaceBytes(u.namespace)
	}
	return l
}

// loadAround is what a machine takes besides its stages.
func (f *forms) loadAround() load {
	c := compiler{plan: f.plan, part: f.plan.whole(), scope: f.scope}
	m := c.machine(f.pipeline.Name.Value, nil)
	l := load{events: eventsAround, bytes: encodedBytes(*m) + commentOfPart}
	for _, s := range m.States {
		l.events += worstEvents.state(s.State)
	}
	return l
}

// commentOfPart is how much longer the comment of a part may be than that of a whole pipeline.
const commentOfPart = len(", stages 100 to 100 of 100")
