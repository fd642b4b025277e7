package main

import (
	"encoding/json"
	"net/http"
)

// server answers for one configuration, which it never changes.
type server struct {
	config  *Config
	version string
	commit  string
}

func newServer(config *Config, version, commit string) http.Handler {
	s := &server{config: config, version: version, commit: commit}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.health)
	mux.HandleFunc("GET /version", s.release)
	mux.HandleFunc("GET /flags/{name}", s.flag)
	return mux
}

func (s *server) health(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

func (s *server) release(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]string{
		"version":     s.version,
		"commit":      s.commit,
		"environment": s.config.Environment,
	})
}

func (s *server) flag(w http.ResponseWriter, r *http.Request) {
	name, user := r.PathValue("name"), r.URL.Query().Get("user")
	flag, known := s.config.Flags[name]
	switch {
	case !known:
		writeJSON(w, http.StatusNotFound, map[string]string{"error": "no flag " + name})
	case user == "":
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "the query parameter user is missing"})
	default:
		writeJSON(w, http.StatusOK, map[string]any{"flag": name, "user": user, "enabled": flag.enabled(name, user)})
	}
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The status line is out: a client that went away is the only cause left, and it cannot be told.
	_ = json.NewEncoder(w).Encode(body)
}
