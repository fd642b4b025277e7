package pipeline

import (
	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline/template"
	"github.com/penstock-ci/penstock/pipeline/tree"
)

// The tables of the rules and schedules that start a pipeline. They belong to other services, whose rules are not
// checked here: members without a meaning for the pipeline are read past.

var eventRuleStructure = structure[EventRule]{
	name: "event rule",
	at:   func(r *EventRule) *diag.Range { return &r.At },
	fields: append([]field[EventRule]{
		{"name", optional, func(r *EventRule) slot { return scalar(&r.Name, anyText) }},
		{"eventBusName", optional, func(r *EventRule) slot { return scalar(&r.EventBusName, anyText) }},
		{"eventPattern", optional, func(r *EventRule) slot { return jsonSlot{&r.EventPattern} }},
		{"scheduleExpression", optional, func(r *EventRule) slot { return scalar(&r.ScheduleExpression, anyText) }},
		{"state", optional, func(r *EventRule) slot { return scalar(&r.State, anyText) }},
		{"targets", optional, func(r *EventRule) slot { return listOf(&r.Targets, &eventTargetStructure, 0) }},
	}, readPast[EventRule]("description", "roleArn", "tags")...),
}

var scheduleStructure = structure[Schedule]{
	name: "schedule",
	at:   func(s *Schedule) *diag.Range { return &s.At },
	fields: append([]field[Schedule]{
		{"name", optional, func(s *Schedule) slot { return scalar(&s.Name, anyText) }},
		{"scheduleExpression", optional, func(s *Schedule) slot { return scalar(&s.ScheduleExpression, anyText) }},
		{"scheduleExpressionTimezone", optional, func(s *Schedule) slot {
			return scalar(&s.ScheduleExpressionTimezone, anyText)
		}},
		{"state", optional, func(s *Schedule) slot { return scalar(&s.State, anyText) }},
		{"target", optional, func(s *Schedule) slot { return part(&s.Target, &eventTargetStructure) }},
	}, readPast[Schedule]("description", "endDate", "flexibleTimeWindow", "groupName", "kmsKeyArn", "startDate")...),
}

var eventTargetStructure = structure[EventTarget]{
	name:  "target",
	at:    func(t *EventTarget) *diag.Range { return &t.At },
	label: func(t *EventTarget) Text { return t.ID },
	fields: append([]field[EventTarget]{
		{"id", optional, func(t *EventTarget) slot { return scalar(&t.ID, anyText) }},
		{"arn", optional, func(t *EventTarget) slot { return scalar(&t.Arn, anyText) }},
		{"roleArn", optional, func(t *EventTarget) slot { return scalar(&t.RoleArn, anyText) }},
		{"input", optional, func(t *EventTarget) slot { return jsonSlot{&t.Input} }},
		{"inputTransformer", optional, func(t *EventTarget) slot { return jsonSlot{&t.Transformer} }},
	}, readPast[EventTarget]("appSyncParameters", "batchParameters", "deadLetterConfig", "ecsParameters",
		"eventBridgeParameters", "httpParameters", "inputPath", "kinesisParameters", "redshiftDataParameters",
		"retryPolicy", "runCommandParameters", "sageMakerPipelineParameters", "sqsParameters")...),
}

func readPast[T any](names ...string) []field[T] {
	fields := make([]field[T], len(names))
	for i, name := range names {
		fields[i] = field[T]{name, optional, func(*T) slot { return ignoredSlot{new(bool)} }}
	}
	return fields
}

// jsonSlot is any value, kept as the JSON text of it. Where the template gives text, that text is it.
type jsonSlot struct{ into *Text }

func (s jsonSlot) present() bool { return s.into.IsSet() }

func (s jsonSlot) read(_ *diag.List, _ member, v *tree.Value) {
	*s.into = v.Scalar()
	if !v.IsScalar() {
		s.into.Value, _ = template.JSON(v)
	}
}

func (s jsonSlot) limits(*diag.List, member) {}

func (s jsonSlot) write(out []byte) []byte { return appendJSON(out, s.into.Value) }

// detailsSlot is an ArtifactDetails that must be there.
type detailsSlot struct{ into *ArtifactDetails }

func (s detailsSlot) present() bool {
	return s.into.At.IsKnown() || s.into.MinimumCount.Set || s.into.MaximumCount.Set
}

func (s detailsSlot) read(list *diag.List, what member, v *tree.Value) {
	detailsStructure.read(list, what.spelling, v, s.into)
}

func (s detailsSlot) limits(list *diag.List, what member) {
	detailsStructure.limits(list, what.spelling, s.into)
}

func (s detailsSlot) write(out []byte) []byte { return detailsStructure.write(out, s.into) }
