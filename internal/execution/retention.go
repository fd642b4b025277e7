package execution

import (
	"slices"
	"time"
)

// Retention says which executions keep their artifacts, since something can still be asked of them: a retry, a rollback,
// or a run that goes on from what they made. The others have expired; their records stay.
type Retention struct {
	// Newest is how many of the newest executions of a pipeline are kept.
	Newest int
	// Before is a time: what ended then or later is kept as well. The zero time is after everything.
	Before time.Time
}

// Past is an execution with the records that belong to it.
type Past struct {
	*Execution
	Stages  []*Stage
	Actions []*Action
}

// Of each stage the executions are kept that succeeded in it last: the one whose outcome is deployed, and the one before,
// to which a rollback goes. Of those that did not succeed only the last one can be retried.
const (
	keptSucceeded = 2
	keptFailed    = 1
)

// Divide divides the executions of one pipeline, newest first, into those that are kept and those that have expired.
// An execution that has not ended is always kept.
func (r Retention) Divide(all []Past) (kept, expired []Past) {
	succeeded, failed := map[string]int{}, map[string]int{}
	for i, p := range all {
		needed := !p.Ended() || i < r.Newest || !r.Before.IsZero() && !p.LastUpdateTime.Before(r.Before)
		for _, s := range p.Stages {
			switch {
			case s.Status == StageSucceeded && succeeded[s.Name] < keptSucceeded:
				succeeded[s.Name]++
				needed = true
			case (s.Status == StageFailed || s.Status == StageStopped) && failed[s.Name] < keptFailed:
				failed[s.Name]++
				needed = true
			}
		}
		if needed {
			kept = append(kept, p)
		} else {
			expired = append(expired, p)
		}
	}
	return kept, expired
}

// Unneeded are the output artifacts of an expired execution, but those that a kept one has as well: it may have taken
// them over.
func Unneeded(expired Past, kept []Past) []Artifact {
	needed := map[Artifact]bool{}
	for _, p := range kept {
		for _, a := range p.Actions {
			for _, x := range slices.Concat(a.InputArtifacts, a.OutputArtifacts) {
				needed[stored(x)] = true
			}
		}
	}
	var out []Artifact
	for _, a := range expired.Actions {
		for _, x := range a.OutputArtifacts {
			if !needed[stored(x)] {
				out = append(out, x)
			}
		}
	}
	return out
}

// stored is where an artifact lies; one object may have several names.
func stored(x Artifact) Artifact {
	return Artifact{Bucket: x.Bucket, Key: x.Key, VersionID: x.VersionID}
}
