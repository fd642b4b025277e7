package asl

import (
	"slices"
	"strings"
)

// jsonPathFields are the fields of JSONPath mode, with what JSONata mode has instead.
var jsonPathFields = map[string]string{
	"InputPath":      "$states.input in an expression",
	"OutputPath":     `"Output"`,
	"Parameters":     `"Arguments", or "Output" in a Pass and "ItemSelector" in a Map`,
	"Result":         `"Output"`,
	"ResultPath":     `"Output" and "Assign"`,
	"ResultSelector": `"Output"`,
	"ItemsPath":      `"Items"`,
	"Iterator":       `"ItemProcessor"`,
	"Variable":       `"Condition"`,
	"And":            `"Condition"`,
	"Or":             `"Condition"`,
	"Not":            `"Condition"`,
}

// pathFields are the fields that JSONPath mode writes with "Path" at the end where JSONata mode has expressions.
var pathFields = []string{
	"Seconds", "Timestamp", "TimeoutSeconds", "HeartbeatSeconds", "MaxConcurrency", "ToleratedFailureCount",
	"ToleratedFailurePercentage", "Error", "Cause",
}

// distributedFields belong to a Map in mode DISTRIBUTED.
var distributedFields = []string{"ItemReader", "ItemBatcher", "ResultWriter", "Label", "ExecutionType"}

// unknown says what is wrong with a field that nothing reads.
func unknown(name string) string {
	if instead, ok := jsonPathFields[name]; ok {
		return msgJSONPathField(instead)
	}
	if plain, ok := strings.CutSuffix(name, "Path"); ok && slices.Contains(pathFields, plain) {
		return msgJSONPathField(`an expression in "` + plain + `"`)
	}
	if slices.Contains(distributedFields, name) {
		return msgDistributedField()
	}
	return msgUnknownField(name)
}
