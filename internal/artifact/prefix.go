package artifact

import (
	"crypto/sha256"
	"encoding/base32"
)

// Lengths of what the keys of a pipeline's artifacts begin with. CodePipeline cuts the name at the first of them.
const (
	prefixLength = 20
	prefixName   = 7
	prefixDigest = 12
)

// StorePrefix is what the keys of a pipeline's artifacts begin with in a store that its definition names: the beginning of its
// name, as CodePipeline has it. Permissions of its builds may name that.
func StorePrefix(pipelineName string) string {
	return pipelineName[:min(len(pipelineName), prefixLength)]
}

// PlatformPrefix is that in the platform's own store, which all pipelines share: no two have the same one, so that the role of
// a pipeline, and of its builds, reaches nothing of another. No name of a pipeline has an exclamation mark.
func PlatformPrefix(pipelineName string) string {
	if len(pipelineName) <= prefixLength {
		return pipelineName
	}
	sum := sha256.Sum256([]byte(pipelineName))
	return pipelineName[:prefixName] + "!" + base32.StdEncoding.EncodeToString(sum[:])[:prefixDigest]
}
