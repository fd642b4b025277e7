package engine

// A Task whose resource is a function writes events of its own kind; every other writes the general ones.

func (s *taskState) emitScheduled(x *execution, f *frame, c call) {
	if s.function {
		x.emit(f, "LambdaFunctionScheduled", &LambdaFunctionScheduledEventDetails{
			Resource: s.resource, Input: c.arguments.text, TimeoutInSeconds: c.timeout,
			TaskCredentials: credentials(c.role),
		})
		x.emit(f, "LambdaFunctionStarted", nil)
		return
	}
	x.emit(f, "TaskScheduled", &TaskScheduledEventDetails{
		ResourceType: s.typ, Resource: s.name, Region: x.start.Region, Parameters: c.arguments.text,
		TimeoutInSeconds: c.timeout, HeartbeatInSeconds: c.heartbeat,
		TaskCredentials: credentials(c.role),
	})
	x.emit(f, "TaskStarted", &TaskStartedEventDetails{ResourceType: s.typ, Resource: s.name})
}

func (s *taskState) emitSucceeded(x *execution, f *frame, result *value) {
	if s.function {
		x.emit(f, "LambdaFunctionSucceeded", &LambdaFunctionSucceededEventDetails{Output: result.text})
		return
	}
	x.emit(f, "TaskSucceeded", &TaskOutputEventDetails{
		ResourceType: s.typ, Resource: s.name, Output: result.text, member: "taskSucceededEventDetails",
	})
}

func (s *taskState) emitFailed(x *execution, f *frame, fail *failure) {
	if s.function {
		x.emit(f, "LambdaFunctionFailed", &FailureEventDetails{
			Error: fail.name, Cause: fail.cause, member: "lambdaFunctionFailedEventDetails",
		})
		return
	}
	x.emit(f, "TaskFailed", &TaskFailureEventDetails{
		ResourceType: s.typ, Resource: s.name, Error: fail.name, Cause: fail.cause, member: "taskFailedEventDetails",
	})
}

func (s *taskState) emitTimedOut(x *execution, f *frame) {
	if s.function {
		x.emit(f, "LambdaFunctionTimedOut", &FailureEventDetails{
			Error: ErrorTimeout, member: "lambdaFunctionTimedOutEventDetails",
		})
		return
	}
	x.emit(f, "TaskTimedOut", &TaskFailureEventDetails{
		ResourceType: s.typ, Resource: s.name, Error: ErrorTimeout, member: "taskTimedOutEventDetails",
	})
}

// credentials is the role of a Task as its first event tells it.
func credentials(role string) *TaskCredentials {
	if role == "" {
		return nil
	}
	return &TaskCredentials{RoleARN: role}
}
