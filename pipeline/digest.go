package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
)

// Canonical returns the definition in the API's form as JSON without spaces, the same bytes for the same meaning:
// members in the API's order, configuration keys sorted, runOrder and executionMode written out, empty members left
// out. The one member that the API does not have is when of an action: Parse reads it back, for it takes the text for the
// authoring form. The version, the tags and everything else that get-pipeline adds are no part of it. It holds secrets
// that the definition holds.
func Canonical(p *Pipeline) []byte { return pipelineStructure.write(nil, p) }

// Digest returns the SHA-256 of Canonical in lower-case hexadecimal: the key of a registered definition.
func Digest(p *Pipeline) string {
	sum := sha256.Sum256(Canonical(p))
	return hex.EncodeToString(sum[:])
}
