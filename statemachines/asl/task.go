package asl

// Task is a state that has work done by its Resource, such as arn:aws:states:::lambda:invoke.waitForTaskToken.
type Task struct {
	Common
	Resource         string
	Credentials      Object // RoleArn, as whom the work is done; nil when absent
	Arguments        any    // an Object, an expression {% %}, or nil when absent
	TimeoutSeconds   Seconds
	HeartbeatSeconds Seconds
	Retry            []Retrier
	Catch            []Catcher
	Data
	Transition
}

// Type returns "Task".
func (*Task) Type() string { return "Task" }

// Successors returns Next, then each catcher's Next.
func (t *Task) Successors() []string { return append(t.successors(), catchersNext(t.Catch)...) }

func (t *Task) fields(f *fields) {
	t.Common.fields(f)
	f.required("Resource")
	f.text("Resource", &t.Resource)
	f.object("Credentials", &t.Credentials)
	f.value("Arguments", &t.Arguments)
	f.seconds("TimeoutSeconds", &t.TimeoutSeconds)
	f.seconds("HeartbeatSeconds", &t.HeartbeatSeconds)
	list(f, "Retry", &t.Retry)
	list(f, "Catch", &t.Catch)
	t.Data.fields(f)
	t.Transition.fields(f)
}
