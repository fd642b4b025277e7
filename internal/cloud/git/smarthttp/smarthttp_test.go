package smarthttp

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/cloud/git"
)

// server answers every request with what it has got: method, path, types, and whether the password came with it.
func server(t *testing.T, moved map[string]string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if to, is := moved[r.URL.Path]; is {
			http.Redirect(w, r, to+"?"+r.URL.RawQuery, http.StatusMovedPermanently)
			return
		}
		_, password, _ := r.BasicAuth()
		body, _ := io.ReadAll(r.Body)
		got := []string{r.Method, r.URL.String(), r.Header.Get("Content-Type"), r.Header.Get("Accept"), string(body), password}
		_, _ = io.WriteString(w, strings.Join(got, " "))
	}))
	t.Cleanup(s.Close)
	return s
}

// Both requests are those of the protocol. A repository that was moved is asked where it is; on another host without the password.
func TestRequests(t *testing.T) {
	other := server(t, nil)
	s := server(t, map[string]string{"/old/info/refs": "/new/info/refs", "/gone/info/refs": other.URL + "/there/info/refs"})
	for name, want := range map[string][2]string{
		"app":  {"GET /app/info/refs?service=git-upload-pack  */*  hush", "POST /app/git-upload-pack application/x-git-upload-pack-request application/x-git-upload-pack-result asked hush"},
		"old":  {"GET /new/info/refs?service=git-upload-pack  */*  hush", "POST /new/git-upload-pack application/x-git-upload-pack-request application/x-git-upload-pack-result asked hush"},
		"gone": {"GET /there/info/refs?service=git-upload-pack  */*  ", "POST /there/git-upload-pack application/x-git-upload-pack-request application/x-git-upload-pack-result asked "},
	} {
		r := New(through(other.URL), git.Repository{URL: s.URL + "/" + name, User: "u", Password: "hush", Limit: 1 << 10})
		references, err := r.References(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		pack, err := r.Pack(t.Context(), []byte("asked"))
		if err != nil {
			t.Fatal(err)
		}
		for i, body := range []io.ReadCloser{references, pack} {
			if got, err := io.ReadAll(body); err != nil || string(got) != want[i] {
				t.Errorf("%s: sent was %q, want %q; error %v", name, got, want[i], err)
			}
			_ = body.Close()
		}
		if r.Ended() != nil {
			t.Errorf("%s: ended with %v", name, r.Ended())
		}
	}
}

// through drops the password on the way to another server, as net/http does where its name is another: of servers of a test only
// the ports differ.
func through(other string) *http.Client {
	return &http.Client{CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), other) {
			r.Header.Del("Authorization")
		}
		return nil
	}}
}

// The limit is that of all answers together.
func TestLimit(t *testing.T) {
	s := server(t, nil)
	r := New(http.DefaultClient, git.Repository{URL: s.URL + "/app", Name: `repository "app"`, Limit: 100})
	references, err := r.References(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer references.Close()
	if _, err := io.Copy(io.Discard, references); err != nil {
		t.Fatal(err)
	}
	pack, err := r.Pack(t.Context(), []byte(strings.Repeat("x", 50)))
	if err != nil {
		t.Fatal(err)
	}
	defer pack.Close()
	var failure *action.Failure
	if _, err := io.Copy(io.Discard, pack); !errors.As(err, &failure) || failure.Code != action.RevisionUnavailable || !errors.Is(r.Ended(), err) {
		t.Errorf("error %v, ended with %v", err, r.Ended())
	}
}
