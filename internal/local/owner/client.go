package owner

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local"
)

// ErrGone is an owner that is not there any more, or takes no more requests.
var ErrGone = errors.New("the process that owns the state directory has gone")

// client speaks with the owner of a state directory.
type client struct {
	http *http.Client
	// following are answers that go on; the owner waits until they are closed.
	following []io.Closer
}

// dial finds the socket of a state directory, and whether somebody listens there.
func dial(ctx context.Context, dir string) (*client, error) {
	path := filepath.Join(dir, socketFile)
	if target, err := os.Readlink(path); err == nil {
		path = target
	}
	connect := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}
	probe, err := connect(ctx, "", "")
	if err != nil {
		return nil, errors.Join(ErrGone, err)
	}
	return &client{http: &http.Client{Transport: &http.Transport{DialContext: connect}}}, probe.Close()
}

func (c *client) close() error {
	var errs []error
	for _, answer := range c.following {
		errs = append(errs, answer.Close())
	}
	c.http.CloseIdleConnections()
	return errors.Join(errs...)
}

// post sends a request and returns the answer where it is one; its body must be closed.
func (c *client) post(ctx context.Context, path string, in any) (*http.Response, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://owner"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	response, err := c.http.Do(request)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, errors.Join(ErrGone, err)
	case response.StatusCode == http.StatusOK:
		return response, nil
	}
	defer response.Body.Close()
	return nil, refused(response)
}

// refused is the error of an answer that is none.
func refused(response *http.Response) error {
	var f failure
	switch {
	case response.StatusCode == http.StatusServiceUnavailable:
		return ErrGone
	case response.StatusCode == http.StatusNotFound:
		return &execution.Error{Code: execution.Unavailable, Message: "the process that owns the state directory is another version of penstock"}
	case json.NewDecoder(response.Body).Decode(&f) != nil:
		return fmt.Errorf("the process that owns the state directory answers %s", response.Status)
	}
	return f.err()
}

func call[Out any](ctx context.Context, c *client, path string, in any) (out Out, err error) {
	response, err := c.post(ctx, path, in)
	if err != nil {
		return out, err
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&out); err != nil {
		return out, errors.Join(ErrGone, err)
	}
	return out, nil
}

// Get reads a record of the owner; with Query and Write it is an execution.Table that nothing can be written to.
func (c *client) Get(ctx context.Context, key execution.Key) (execution.Item, error) {
	return call[execution.Item](ctx, c, pathGet, key)
}

// Query reads records of the owner.
func (c *client) Query(ctx context.Context, q execution.Query) ([]execution.Item, error) {
	return call[[]execution.Item](ctx, c, pathQuery, q)
}

// Write refuses: only the owner writes.
func (c *client) Write(context.Context, []execution.Write) error {
	return &execution.Error{Code: execution.NotAllowed, Message: "only the process that owns the state directory writes records"}
}

// Stop stops an execution.
func (c *client) Stop(ctx context.Context, executionID string, stop execution.StopTrigger) (*execution.Execution, error) {
	return call[*execution.Execution](ctx, c, pathStop, stopRequest{executionID, stop})
}

// PutApprovalResult answers an open approval.
func (c *client) PutApprovalResult(ctx context.Context, in execution.Approval) (*execution.Action, error) {
	return call[*execution.Action](ctx, c, pathApprove, in)
}

// Run hands an execution over.
func (c *client) Run(ctx context.Context, r local.Request, feed *local.Feed) (local.Run, error) {
	in, err := encodeRequest(r)
	if err != nil {
		return local.Run{}, err
	}
	return c.follow(ctx, pathRun, in, feed)
}

// Watch follows an execution.
func (c *client) Watch(ctx context.Context, executionID string, feed *local.Feed) (local.Run, error) {
	return c.follow(ctx, pathWatch, watchRequest{executionID}, feed)
}

func (c *client) follow(ctx context.Context, path string, in any, feed *local.Feed) (local.Run, error) {
	response, err := c.post(ctx, path, in)
	if err != nil {
		return local.Run{}, err
	}
	decoder := json.NewDecoder(response.Body)
	var first message
	if err := decoder.Decode(&first); err != nil || first.Begun == nil {
		return local.Run{}, errors.Join(ErrGone, err, response.Body.Close())
	}
	c.following = append(c.following, response.Body)
	type end struct {
		ended local.Ended
		err   error
	}
	over := make(chan end, 1)
	go func() { // ends with the answer: at its last line, with its context, or with the owner
		ended, err := hear(decoder, feed)
		over <- end{ended, err}
	}()
	return local.NewRun(*first.Begun, func(ctx context.Context) (local.Ended, error) {
		select {
		case e := <-over:
			return e.ended, e.err
		case <-ctx.Done():
			return local.Ended{}, ctx.Err()
		}
	}), nil
}

// hear puts the news of an answer into a feed, and returns how it ended.
func hear(decoder *json.Decoder, feed *local.Feed) (local.Ended, error) {
	for {
		var m message
		err := decoder.Decode(&m)
		switch {
		case err != nil:
			return local.Ended{}, errors.Join(ErrGone, err)
		case m.News != nil:
			feed.Put(*m.News)
		case m.Ended != nil:
			return *m.Ended, nil
		case m.Failed != nil:
			return local.Ended{}, m.Failed.err()
		}
	}
}
