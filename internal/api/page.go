package api

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
)

// token is what a nextToken says: where a list goes on, and of which operation with which parameters. Clients are not to
// look into it. It is no secret and grants nothing.
type token[Position any] struct {
	Of string   `json:"of"`
	At Position `json:"at"`
}

// scope names a list: an operation and the parameters that choose what is in it.
func scope(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:8])
}

func writeToken[Position any](of string, at Position) (string, error) {
	encoded, err := json.Marshal(token[Position]{of, at})
	return base64.RawURLEncoding.EncodeToString(encoded), err
}

// readToken returns where a list goes on; without a token it is the zero Position.
func readToken[Position any](of, text string) (at Position, err error) {
	if text == "" {
		return at, nil
	}
	var t token[Position]
	decoded, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(decoded, &t) != nil || t.Of != of {
		return at, invalidNextToken()
	}
	return t.At, nil
}
