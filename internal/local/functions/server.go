package functions

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// server serves a handler on a free port of the loopback interface.
type server struct {
	http    *http.Server
	address string // host:port
	done    chan struct{}
	once    sync.Once
}

// headerTimeout ends connections on which nothing is said; requests themselves may take as long as they do.
const headerTimeout = time.Minute

func serve(h http.Handler) (*server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it listens at once or fails at once
	if err != nil {
		return nil, err
	}
	s := &server{
		http:    &http.Server{Handler: h, ReadHeaderTimeout: headerTimeout},
		address: listener.Addr().String(), done: make(chan struct{}),
	}
	go func() {
		defer close(s.done)
		_ = s.http.Serve(listener) // it ends by close only
	}()
	return s, nil
}

func (s *server) url() string { return "http://" + s.address }

// close ends every connection; it may be called again.
func (s *server) close() {
	s.once.Do(func() { _ = s.http.Close() })
	<-s.done
}
