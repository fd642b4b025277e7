package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func get(t *testing.T, method, target string) (int, string) {
	t.Helper()
	config := &Config{Environment: "staging", Flags: map[string]Flag{"on": {Rollout: 100}, "off": {Rollout: 0}}}
	answer := httptest.NewRecorder()
	newServer(config, "1.2.3", "abc").ServeHTTP(answer, httptest.NewRequest(method, target, nil))
	return answer.Code, strings.TrimSpace(answer.Body.String())
}

func expect(t *testing.T, target string, status int, body string) {
	t.Helper()
	gotStatus, gotBody := get(t, http.MethodGet, target)
	if gotStatus != status || gotBody != body {
		t.Errorf("GET %s = %d %s, want %d %s", target, gotStatus, gotBody, status, body)
	}
}

func TestHealth(t *testing.T) {
	expect(t, "/healthz", http.StatusOK, `{"status":"ok"}`)
}

func TestVersion(t *testing.T) {
	expect(t, "/version", http.StatusOK, `{"commit":"abc","environment":"staging","version":"1.2.3"}`)
}

func TestFlagOn(t *testing.T) {
	expect(t, "/flags/on?user=ada", http.StatusOK, `{"enabled":true,"flag":"on","user":"ada"}`)
}

func TestFlagOff(t *testing.T) {
	expect(t, "/flags/off?user=ada", http.StatusOK, `{"enabled":false,"flag":"off","user":"ada"}`)
}

func TestFlagUnknown(t *testing.T) {
	expect(t, "/flags/none?user=ada", http.StatusNotFound, `{"error":"no flag none"}`)
}

func TestFlagWithoutUser(t *testing.T) {
	expect(t, "/flags/on", http.StatusBadRequest, `{"error":"the query parameter user is missing"}`)
}

func TestOnlyGet(t *testing.T) {
	if status, _ := get(t, http.MethodDelete, "/flags/on?user=ada"); status != http.StatusMethodNotAllowed {
		t.Errorf("DELETE = %d, want %d", status, http.StatusMethodNotAllowed)
	}
}

func TestRolloutReachesItsShare(t *testing.T) {
	const users = 10_000
	enabled := 0
	for i := range users {
		if (Flag{Rollout: 30}).enabled("checkout", fmt.Sprint("user-", i)) {
			enabled++
		}
	}
	if enabled < users*28/100 || enabled > users*32/100 {
		t.Errorf("rollout 30 is on for %d of %d users", enabled, users)
	}
}

func TestRolloutOnlyGrows(t *testing.T) {
	for i := range 1_000 {
		user := fmt.Sprint("user-", i)
		if (Flag{Rollout: 20}).enabled("checkout", user) && !(Flag{Rollout: 40}).enabled("checkout", user) {
			t.Errorf("%s has the flag at 20 percent and not at 40", user)
		}
	}
}

func TestConfigUnknownField(t *testing.T) {
	if _, err := parseConfig([]byte(`{"environment": "staging", "flag": {}}`)); err == nil {
		t.Error("an unknown field is accepted")
	}
}

func TestConfigRolloutOutOfRange(t *testing.T) {
	if _, err := parseConfig([]byte(`{"environment": "staging", "flags": {"a": {"rollout": 101}}}`)); err == nil {
		t.Error("a rollout of 101 percent is accepted")
	}
}

func TestConfigFilesLoad(t *testing.T) {
	for _, name := range []string{"staging", "production"} {
		config, err := loadConfig("config/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if config.Environment != name {
			t.Errorf("config/%s.json is for %q", name, config.Environment)
		}
	}
}
