package execution

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// The design of the keys, for every adapter of Table:
//
//	execution/<id>        execution                     the execution
//	                      stage/<name>                  its stages
//	                      action/<actionExecutionId>    its actions
//	pipeline/<name>       definition/<version>          its registered definitions
//	                      digest/<digest>               -> version
//	                      execution/<start>/<id>        its executions, oldest first
//	                      lock/<stage>                  the lock of a stage
//	external/<id>         external                      which action waits for that external execution, or what came early
//	pipelines             <name>                        every pipeline that is registered
//	open                  <id>                          every execution that has not ended
//	due/<0..7>            <time>/<kind>/<id>/<action>   what must be looked at, and when
//	effects               <execution>/<time>/<id>       effects that are stored and not yet done

const (
	actionPrefix     = "action/"
	stagePrefix      = "stage/"
	executionPrefix  = "execution/"
	definitionPrefix = "definition/"

	pipelinesPartition = "pipelines"
	openPartition      = "open"
	effectsPartition   = "effects"

	lockPrefix = "lock/"
)

func executionPartition(id string) string  { return "execution/" + id }
func pipelinePartition(name string) string { return "pipeline/" + name }

func executionKey(id string) Key         { return Key{executionPartition(id), "execution"} }
func stageKey(id, name string) Key       { return Key{executionPartition(id), stagePrefix + name} }
func actionKey(id, actionID string) Key  { return Key{executionPartition(id), actionPrefix + actionID} }
func externalKey(id string) Key          { return Key{"external/" + id, "external"} }
func lockKey(pipeline, stage string) Key { return Key{pipelinePartition(pipeline), lockPrefix + stage} }
func openKey(id string) Key              { return Key{openPartition, id} }

// effectsKey orders the effects of an execution by the time of their write.
func effectsKey(executionID string, now time.Time, id string) Key {
	return Key{effectsPartition, executionID + "/" + now.UTC().Format(sortedTime) + "/" + id}
}

// sortedTime is a time in a key: times are in the order of its bytes.
const sortedTime = "2006-01-02T15:04:05.000000000Z"

func executionOfEffects(k Key) string {
	id, _, _ := strings.Cut(k.Sort, "/")
	return id
}

func definitionKey(pipeline string, version int) Key {
	return Key{pipelinePartition(pipeline), fmt.Sprintf("%s%08d", definitionPrefix, version)}
}

func digestKey(pipeline, digest string) Key {
	return Key{pipelinePartition(pipeline), "digest/" + digest}
}

func startedKey(pipeline string, start time.Time, id string) Key {
	return Key{pipelinePartition(pipeline), executionPrefix + start.UTC().Format(sortedTime) + "/" + id}
}

// derivedID makes a lower-case UUID out of what identifies a thing, so that whoever repeats a request finds the same.
func derivedID(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	sum[6] = sum[6]&0x0f | 0x80
	sum[8] = sum[8]&0x3f | 0x80
	h := hex.EncodeToString(sum[:16])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

// ActionExecutionID is the identity of one attempt of one action in one pipeline execution.
func ActionExecutionID(pipelineExecutionID, stage, action string, attempt int) string {
	return derivedID("action", pipelineExecutionID, stage, action, fmt.Sprint(attempt))
}

func sorted[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
