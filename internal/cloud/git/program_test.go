package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/execution"
)

// The tests' own binary is the program, by the name that it is started by.
func TestMain(m *testing.M) {
	if standIn, is := standIns()[filepath.Base(os.Args[0])]; is {
		os.Exit(standIn(Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
	}
	os.Exit(m.Run())
}

// told is the repository that every stand-in is asked for. Nothing may tell its secrets.
func told() Repository {
	return Repository{URL: "https://example.com/app", User: "hush-user", Password: "hush-hush", Name: `repository "app"`, Denied: "x", Limit: 1}
}

func standIns() map[string]func(Streams) int {
	return map[string]func(Streams) int{
		"panics": breaking(func() error { panic("no packfile") }),
		"killed": breaking(func() error {
			self, err := os.FindProcess(os.Getpid())
			return errors.Join(err, self.Kill())
		}),
		"fails":  breaking(func() error { return &execution.Error{Code: execution.Throttled, Message: "slower"} }),
		"stuck":  breaking(func() error { wait(); return nil }),
		"exits":  breaking(func() error { os.Exit(5); return nil }),
		"silent": func(Streams) int { return 0 },
		"babble": func(s Streams) int { fmt.Fprintln(s.Out, "hello"); return 0 },
		"endless": func(s Streams) int {
			for {
				if _, err := s.Out.Write(bytes.Repeat([]byte("x"), 1<<20)); err != nil {
					return 0
				}
			}
		},
		"loud": func(s Streams) int {
			for range 10_000 {
				fmt.Fprintf(s.Err, "%s\n", strings.Repeat("x", 1_000))
			}
			return 5
		},
		"refuses": func(s Streams) int {
			return Answer(context.Background(), func(context.Context, Remote, Repository, Revision) (source.Fetched, error) {
				return source.Fetched{}, fmt.Errorf("fetch: %w", action.Fail(action.PermissionError, "not you"))
			}, s)
		},
		"tells": func(s Streams) int {
			return Answer(context.Background(), func(ctx context.Context, remote Remote, r Repository, wanted Revision) (source.Fetched, error) {
				if err := ask(ctx, remote); err != nil {
					return source.Fetched{}, err
				}
				notes := append(append(os.Environ(), os.Args...), fmt.Sprint(r, wanted))
				return source.Fetched{Commit: &source.Commit{}, Notes: notes, Clone: true}, os.WriteFile(filepath.Join(os.TempDir(), "left"), nil, 0o600)
			}, s)
		},
	}
}

// breaking is an Answer whose second file does something in its middle, in a goroutine that compresses.
func breaking(do func() error) func(Streams) int {
	return func(s Streams) int {
		return Answer(context.Background(), func(ctx context.Context, remote Remote, _ Repository, _ Revision) (source.Fetched, error) {
			if err := ask(ctx, remote); err != nil {
				return source.Fetched{}, err
			}
			large := artifact.File{Path: "a", Open: func() (io.ReadCloser, error) {
				return io.NopCloser(bytes.NewReader(make([]byte, 1<<20))), nil
			}}
			broken := artifact.File{Path: "b", Open: func() (io.ReadCloser, error) {
				return io.NopCloser(io.MultiReader(strings.NewReader("begun"), doing(do))), nil
			}}
			return source.Fetched{Commit: &source.Commit{ID: "c"}, Files: []artifact.File{large, broken}}, nil
		}, s)
	}
}

// ask asks for a pack and reads it.
func ask(ctx context.Context, remote Remote) error {
	references, err := remote.References(ctx)
	if err != nil {
		return err
	}
	pack, err := remote.Pack(ctx, []byte("a pack"))
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.MultiReader(references, pack))
	if string(text) != "some references"+packed {
		return fmt.Errorf("the other end answers %q", text)
	}
	return err
}

// packed is what the other end answers.
const packed = "the pack"

// elsewhere is the other end. Its pack ends with err.
type elsewhere struct{ err, ended error }

// References is that of Remote.
func (e *elsewhere) References(context.Context) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader("some references")), nil
}

// Pack is that of Remote.
func (e *elsewhere) Pack(_ context.Context, request []byte) (io.ReadCloser, error) {
	if string(request) != "a pack" {
		e.err = fmt.Errorf("asked for %q", request)
	}
	return io.NopCloser(io.MultiReader(strings.NewReader(packed), doing(func() error { e.ended = e.err; return e.err }))), nil
}

// Ended is that of Remote.
func (e *elsewhere) Ended() error { return e.ended }

type doing func() error

// Read does it.
func (d doing) Read([]byte) (int, error) {
	if err := d(); err != nil {
		return 0, err
	}
	return 0, io.EOF
}

// wait waits for a signal that nobody sends.
func wait() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	<-signals
}

// named is the tests' binary by another name.
func named(t *testing.T, name string) string {
	t.Helper()
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.Symlink(own, path); err != nil {
		t.Fatal(err)
	}
	return path
}

// A program that does not come to its end fails the read, or the fetch where it has not begun: as what it says itself, else as
// one that has died, which is tried again. What it says is told, but not all of it, and no secret.
func TestBreaks(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	const died = `fetch repository "app": the program that fetches it died `
	for name, c := range map[string]struct {
		begins bool
		code   execution.Code
		says   string
	}{
		"panics":  {true, execution.Unavailable, died + "(exit status 2): panic: no packfile"},
		"killed":  {true, execution.Unavailable, died + "(signal: killed)"},
		"exits":   {true, execution.Unavailable, died + "(exit status 5)"},
		"fails":   {true, execution.Throttled, "slower"},
		"silent":  {false, execution.Unavailable, "read what the program that fetches it says: unexpected EOF"},
		"babble":  {false, execution.Unavailable, "read what the program that fetches it says: invalid character"},
		"endless": {false, execution.Unavailable, "read what the program that fetches it says: its first line"},
		"loud":    {false, execution.Unavailable, died + "(exit status 5): xxx"},
		"refuses": {false, execution.Internal, "PermissionError: not you"},
	} {
		t.Run(name, func(t *testing.T) {
			fetched, err := Program(named(t, name))(t.Context(), &elsewhere{}, told(), Revision{Branch: "main"})
			if (err == nil) != c.begins {
				t.Fatalf("fetched, error %v; want that it begins: %v", err, c.begins)
			}
			if c.begins {
				for range 2 { // it stays as it has ended
					_, err = io.Copy(io.Discard, fetched.Object)
				}
				wantEnded(t, fetched)
			}
			if err == nil || execution.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v has code %s, want %s and %q", err, execution.CodeOf(err), c.code, c.says)
			}
			if text := fmt.Sprint(err); strings.Contains(text, "hush") || len(text) > 3_000 {
				t.Errorf("it tells a secret, or too much: %s", text)
			}
			var failure *action.Failure
			if errors.As(err, &failure) != (name == "refuses") || failure != nil && failure.Code != action.PermissionError {
				t.Errorf("error %v is the failure %v", err, failure)
			}
		})
	}
	wantNothingLeft(t, temporary)
}

// wantEnded closes, and holds that somebody has waited for the process.
func wantEnded(t *testing.T, fetched source.Fetched) {
	t.Helper()
	if err := fetched.Close(); err != nil {
		t.Error(err)
	}
	p, is := fetched.Closer.(*program)
	if !is || p.command.ProcessState == nil {
		t.Error("the program is closed, and nobody has waited for it")
	}
}

func wantNothingLeft(t *testing.T, temporary string) {
	t.Helper()
	left, err := os.ReadDir(temporary)
	for _, entry := range left {
		if strings.HasPrefix(entry.Name(), "penstock-") {
			t.Errorf("%s stays", entry.Name())
		}
	}
	if err != nil {
		t.Error(err)
	}
}

// The program ends with its context and with Close, whatever it is at, and so does the read.
func TestEnds(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	fetch := Program(named(t, "stuck"))
	fetched, err := fetch(t.Context(), &elsewhere{}, told(), Revision{})
	if err != nil {
		t.Fatal(err)
	}
	wantEnded(t, fetched)
	if n, err := io.Copy(io.Discard, fetched.Object); err == nil {
		t.Errorf("%d bytes of what is closed were read", n)
	}
	for code, ended := range map[execution.Code]func() (context.Context, context.CancelFunc){
		execution.Canceled: func() (context.Context, context.CancelFunc) { return context.WithCancel(t.Context()) },
		execution.Unavailable: func() (context.Context, context.CancelFunc) {
			return context.WithTimeout(t.Context(), 200*time.Millisecond)
		},
	} {
		ctx, cancel := ended()
		fetched, err := fetch(ctx, &elsewhere{}, told(), Revision{})
		if err == nil {
			if code == execution.Canceled {
				cancel()
			}
			_, err = io.Copy(io.Discard, fetched.Object)
			wantEnded(t, fetched)
		}
		if execution.CodeOf(err) != code || !errors.Is(err, ctx.Err()) || ctx.Err() == nil {
			t.Errorf("error %v, want %s", err, code)
		}
		cancel()
		if _, err := fetch(ctx, &elsewhere{}, told(), Revision{}); execution.CodeOf(err) != code {
			t.Errorf("begun when it had ended: error %v, want %s", err, code)
		}
	}
	wantNothingLeft(t, temporary)
}

// The program gets what to fetch and a folder, and nothing else of whoever starts it: no password, and no environment.
func TestWhatIsTold(t *testing.T) {
	temporary := t.TempDir()
	for name, value := range map[string]string{"TMPDIR": temporary, "AWS_SECRET_ACCESS_KEY": "hush-key", "HTTPS_PROXY": "http://hush@proxy.example.com"} {
		t.Setenv(name, value)
	}
	fetched, err := Program(named(t, "tells"))(t.Context(), &elsewhere{}, told(), Revision{Branch: "main", CommitID: "c", History: true})
	if err != nil {
		t.Fatal(err)
	}
	zip, err := io.ReadAll(fetched.Object)
	if err != nil || !bytes.HasPrefix(zip, []byte("PK")) {
		t.Errorf("zip %q, error %v", zip, err)
	}
	if all := strings.Join(fetched.Notes, "\n"); strings.Contains(all, "hush") || !strings.Contains(all, `{https://example.com/app   repository "app"  0} {main c true}`) {
		t.Errorf("told were %s", all)
	}
	if got := fetched.Notes[0]; len(fetched.Notes) != 3 || !strings.HasPrefix(got, "TMPDIR="+temporary+"/penstock-source-") {
		t.Errorf("the environment is %q", fetched.Notes)
	}
	if !fetched.Commit.Author.IsZero() || !fetched.Clone || fetched.Zipped != 0 {
		t.Errorf("fetched %+v", fetched)
	}
	wantEnded(t, fetched)
	wantNothingLeft(t, temporary)
}

// An answer of the other end that breaks off is told as that, whatever the program makes of its beginning.
func TestOtherEndBreaks(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	broken := &execution.Error{Code: execution.Throttled, Message: "no more"}
	_, err := Program(named(t, "stuck"))(t.Context(), &elsewhere{err: broken}, told(), Revision{})
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	wantNothingLeft(t, temporary)
}

// A program that is not there, or is none, is no matter of trying again.
func TestNoProgram(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(temporary, "nothing"), plain} {
		_, err := Program(path)(t.Context(), &elsewhere{}, told(), Revision{})
		if execution.CodeOf(err) != execution.Internal || !strings.Contains(err.Error(), "build the functions with make functions") || errors.Is(err, exec.ErrNotFound) {
			t.Errorf("error %v", err)
		}
	}
	wantNothingLeft(t, temporary)
}
