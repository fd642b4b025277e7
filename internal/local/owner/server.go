package owner

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local"
)

// socketFile is the socket in the state directory, or, where its path is too long for one, a link to it.
const socketFile = "socket"

// longestPath is the longest path of a socket that every system takes.
const longestPath = 100

// maxRequest bounds the body of a request: a definition, and what the machine stands in for.
const maxRequest = 64 << 20

// server serves other processes.
type server struct {
	platform *local.Platform
	http     *http.Server
	dir      string // the state directory
	temp     string // the folder of the socket, where that is not the state directory
	served   chan struct{}

	mu      sync.Mutex
	leaving bool
	// followers are the answers that go on; whoever gets one reads records until it lets go.
	followers sync.WaitGroup
}

// serve listens on the socket of a state directory until close.
func serve(dir string, platform *local.Platform) (*server, error) {
	s := &server{platform: platform, dir: dir, served: make(chan struct{})}
	listener, err := s.listen()
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.temp))
	}
	mux := http.NewServeMux()
	handle(mux, pathGet, func(ctx context.Context, key execution.Key) (execution.Item, error) {
		return platform.Table().Get(ctx, key)
	})
	handle(mux, pathQuery, func(ctx context.Context, q execution.Query) ([]execution.Item, error) {
		return platform.Table().Query(ctx, q)
	})
	handle(mux, pathStop, func(ctx context.Context, r stopRequest) (*execution.Execution, error) {
		return platform.Stop(ctx, r.ExecutionID, r.Stop)
	})
	handle(mux, pathApprove, func(ctx context.Context, in execution.Approval) (*execution.Action, error) {
		return platform.PutApprovalResult(ctx, in)
	})
	stream(mux, s, pathRun, func(ctx context.Context, r runRequest, feed *local.Feed) (local.Run, error) {
		request, err := r.decode()
		if err != nil {
			return local.Run{}, err
		}
		return platform.Run(ctx, request, feed)
	})
	stream(mux, s, pathWatch, func(ctx context.Context, r watchRequest, feed *local.Feed) (local.Run, error) {
		return platform.Watch(ctx, r.ExecutionID, feed)
	})
	s.http = &http.Server{Handler: mux} //nolint:gosec // a socket of the same user: no slow clients to guard against
	go func() {
		defer close(s.served)
		_ = s.http.Serve(listener) // ends with close
	}()
	return s, nil
}

// listen makes the socket. What lies in its place was left by an owner that was killed.
func (s *server) listen() (net.Listener, error) {
	path := filepath.Join(s.dir, socketFile)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	at := path
	if len(path) > longestPath {
		var err error
		if s.temp, err = os.MkdirTemp(shortTemp(), "penstock-"); err != nil {
			return nil, err
		}
		at = filepath.Join(s.temp, socketFile)
		if err := os.Symlink(at, path); err != nil {
			return nil, err
		}
	}
	listener, err := net.Listen("unix", at)
	if err == nil {
		err = os.Chmod(at, 0o600)
	}
	return listener, err
}

// shortTemp is a folder for temporary ones in which the path of a socket is not too long; "" is the system's.
func shortTemp() string {
	const most = len("/penstock-4294967295/" + socketFile)
	if len(os.TempDir())+most <= longestPath {
		return ""
	}
	return "/tmp" // by POSIX it is there
}

// leave takes no more executions: whoever asks now waits until the directory has no owner. It waits, for some time, until
// those who follow one have read how it ended.
func (s *server) leave() {
	s.mu.Lock()
	s.leaving = true
	s.mu.Unlock()
	let := make(chan struct{})
	go func() { // ends at the latest with close, which ends every answer
		s.followers.Wait()
		close(let)
	}()
	select {
	case <-let:
	case <-local.Clock{}.After(patience):
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_ = s.http.Shutdown(ctx) // lets answers that are on their way arrive; close ends the others
}

// close ends every answer and removes the socket.
func (s *server) close() error {
	err := s.http.Close()
	<-s.served
	if s.temp != "" {
		err = errors.Join(err, os.RemoveAll(s.temp))
	}
	if gone := os.Remove(filepath.Join(s.dir, socketFile)); !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}

// enter says whether somebody may follow an execution; he is waited for until done is called.
func (s *server) enter() (done func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.leaving {
		return nil, false
	}
	s.followers.Add(1)
	return s.followers.Done, true
}

// handle answers an operation that is done at once.
func handle[In, Out any](mux *http.ServeMux, path string, do func(context.Context, In) (Out, error)) {
	mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		in, ok := read[In](w, r)
		if !ok {
			return
		}
		out, err := do(context.WithoutCancel(r.Context()), in) // what has begun is finished, even if nobody waits for it
		if err != nil {
			refuse(w, http.StatusUnprocessableEntity, encodeError(err))
			return
		}
		_ = json.NewEncoder(w).Encode(out) // whoever asked may have gone
	})
}

// stream answers an operation that goes on: with a line for each thing that happens, until the execution has ended. It goes
// on running where the one who asked goes away.
func stream[In any](mux *http.ServeMux, s *server, path string, begin func(context.Context, In, *local.Feed) (local.Run, error)) {
	mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		done, ok := s.enter()
		if !ok {
			refuse(w, http.StatusServiceUnavailable, &failure{Code: execution.Unavailable, Message: ErrGone.Error()})
			return
		}
		defer done()
		in, ok := read[In](w, r)
		if !ok {
			return
		}
		feed := local.NewFeed()
		run, err := begin(context.WithoutCancel(r.Context()), in, feed)
		if err != nil {
			refuse(w, http.StatusUnprocessableEntity, encodeError(err))
			return
		}
		tell(r.Context(), w, &run, feed)
	})
}

func read[In any](w http.ResponseWriter, r *http.Request) (in In, ok bool) {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)).Decode(&in); err != nil {
		refuse(w, http.StatusBadRequest, &failure{Code: execution.Invalid, Message: "the request is not understood: " + err.Error()})
		return in, false
	}
	return in, true
}

func refuse(w http.ResponseWriter, status int, f *failure) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(f) // whoever asked may have gone
}

// tell writes the lines about one execution.
func tell(ctx context.Context, w http.ResponseWriter, run *local.Run, feed *local.Feed) {
	lines := &lines{encoder: json.NewEncoder(w), flush: http.NewResponseController(w).Flush, id: run.Execution.PipelineExecutionID}
	lines.write(message{Begun: &run.Begun})
	over := make(chan message, 1)
	go func() { // ends with the execution, or with the platform
		ended, err := run.Wait(context.WithoutCancel(ctx))
		if err != nil {
			over <- message{Failed: encodeError(err)}
			return
		}
		over <- message{Ended: &ended}
	}()
	for {
		select {
		case <-feed.Ready:
			lines.news(feed)
		case last := <-over:
			lines.news(feed)
			lines.write(last)
			<-ctx.Done() // it reads more records, until it closes the answer
			return
		case <-ctx.Done():
			return
		}
	}
}

type lines struct {
	encoder *json.Encoder
	flush   func() error
	id      string
}

// write writes a line. Whoever reads may have gone: then the context ends.
func (l *lines) write(m message) {
	if l.encoder.Encode(m) == nil {
		_ = l.flush()
	}
}

// news writes what is about the execution.
func (l *lines) news(feed *local.Feed) {
	for _, n := range feed.Take() {
		if n.About(l.id) {
			l.write(message{News: &n})
		}
	}
}
