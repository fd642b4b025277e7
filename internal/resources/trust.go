package resources

// There are two shapes of trust. Services are trusted for what this account has in one place; where a service sends no
// source with its call, a condition on it would deny always. Roles that handlers assume name the roles of exactly those,
// and ask for the ARN of the pipeline, which only the handlers' records tell.

// ServiceTrust lets a service assume a role, for sources of this account that have one of these ARNs.
func (p Platform) ServiceTrust(service string, sources ...string) Document {
	return Document{Version: "2012-10-17", Statement: []DocumentStatement{{
		Effect: "Allow", Principal: map[string]any{"Service": service}, Action: []string{"sts:AssumeRole"},
		Condition: map[string]map[string]any{
			"StringEquals": {"aws:SourceAccount": p.Account},
			"ArnLike":      {"aws:SourceArn": single(sources)},
		},
	}}}
}

// LambdaTrust is the trust of a function's role. Lambda sends no source when it assumes one.
func (p Platform) LambdaTrust() Document {
	return Document{Version: "2012-10-17", Statement: []DocumentStatement{{
		Effect: "Allow", Principal: map[string]any{"Service": "lambda.amazonaws.com"}, Action: []string{"sts:AssumeRole"},
	}}}
}

// GatewayTrust is the trust of the role by which API Gateway writes the logs of all its APIs: of the account, not of one of
// them, so there is no source to ask for.
func (p Platform) GatewayTrust() Document {
	return Document{Version: "2012-10-17", Statement: []DocumentStatement{{
		Effect: "Allow", Principal: map[string]any{"Service": "apigateway.amazonaws.com"}, Action: []string{"sts:AssumeRole"},
	}}}
}

// PipelineTrust lets the functions assume the role of a pipeline.
func (p Platform) PipelineTrust(pipeline string, functions []string) Document {
	var roles []string
	for _, function := range functions {
		roles = append(roles, p.FunctionRoleARN(function))
	}
	return Document{Version: "2012-10-17", Statement: []DocumentStatement{{
		Effect: "Allow", Principal: map[string]any{"AWS": single(roles)}, Action: []string{"sts:AssumeRole"},
		Condition: map[string]map[string]any{"StringEquals": {"sts:ExternalId": p.PipelineARN(pipeline)}},
	}}}
}

// MachineTrust lets Step Functions assume the role of a pipeline's state machines for exactly those. No page says whether the
// source of an execution of a published version, which all are, has the version behind it: either may.
func (p Platform) MachineTrust(of Pipeline) Document {
	var machines []string
	for i := range of.Machines {
		machines = append(machines, p.StateMachineARN(of.Name, i), p.StateMachineARN(of.Name, i)+":*")
	}
	return p.ServiceTrust("states.amazonaws.com", machines...)
}

// MachineRole is what the role of a pipeline's state machines may do: invoke the functions that their states call, and
// what logs, traces and the key take.
func (p Platform) MachineRole(of Pipeline) []Statement {
	var functions []string
	for _, m := range of.Machines {
		for _, handler := range m.Functions {
			functions = append(functions, p.FunctionARN(Lambda()[handler]))
		}
	}
	return merge([]Statement{
		allow([]string{"lambda:InvokeFunction"}, sorted(functions)...),
		allow(keyActions(), p.Key),
		allow(logDelivery(), "*"),
		allow(tracing(), "*"),
	})
}

// logDelivery and tracing know no resource (Service Authorization Reference, of CloudWatch Logs and X-Ray).
func logDelivery() []string {
	return []string{
		"logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery", "logs:ListLogDeliveries",
		"logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
	}
}

func tracing() []string {
	return []string{
		"xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets",
	}
}

// WithoutResource are the only API calls that a policy allows on "*": they know no resource.
func WithoutResource() []string {
	return append(append(logDelivery(), tracing()...), "cloudformation:ValidateTemplate")
}
