package cloudtest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/penstock-ci/penstock/internal/execution"
)

// Call is a call of an adapter.
type Call struct {
	Name string
	// Permission is what its first request needs.
	Permission string
	// Do makes the call, through what stands between; nil is nothing.
	Do func(context.Context, Through) error
	// Forgotten is set where moto does not know any more what it has completed: the call is then made again as a whole.
	Forgotten bool
}

// OneFault holds that, whatever goes wrong once, of each request of each call, the call succeeds.
func OneFault(t *testing.T, calls []Call) {
	t.Helper()
	faults := map[string]func(next aws.HTTPClient, r *http.Request) (*http.Response, error){
		"throttled": func(_ aws.HTTPClient, r *http.Request) (*http.Response, error) {
			if r.Header.Get("X-Amz-Target") != "" {
				return Refuses(r, 400, "ThrottlingException"), nil
			}
			return Refuses(r, 503, "SlowDown"), nil
		},
		"out of order": func(_ aws.HTTPClient, r *http.Request) (*http.Response, error) {
			return Refuses(r, 500, "InternalError"), nil
		},
		"never sent": func(aws.HTTPClient, *http.Request) (*http.Response, error) { return nil, ErrLost },
		"answer lost": func(next aws.HTTPClient, r *http.Request) (*http.Response, error) {
			answer, err := next.Do(r)
			if err != nil {
				return nil, err
			}
			_, _ = io.Copy(io.Discard, answer.Body)
			return nil, errors.Join(ErrLost, answer.Body.Close())
		},
	}
	for name, fault := range faults {
		for _, c := range calls {
			t.Run(c.Name+" "+name, func(t *testing.T) {
				for nth, more := 1, true; more; nth++ {
					requests := 0
					err := c.Do(t.Context(), func(next aws.HTTPClient) aws.HTTPClient {
						return Sender(func(r *http.Request) (*http.Response, error) {
							if requests++; requests == nth {
								return fault(next, r)
							}
							return next.Do(r)
						})
					})
					completed := name == "answer lost" && c.Forgotten && execution.CodeOf(err) == execution.Unavailable
					if err != nil && !completed {
						t.Errorf("request %d: %v", nth, err)
					}
					more = requests >= nth
				}
			})
		}
	}
}

// LastingFaults holds that what goes on failing is told by its code, with what was called and what is missing.
func LastingFaults(t *testing.T, calls []Call) {
	t.Helper()
	for _, fault := range []struct {
		name   string
		answer func(*http.Request) (*http.Response, error)
		want   execution.Code
	}{
		{"denied", func(r *http.Request) (*http.Response, error) {
			if r.Header.Get("X-Amz-Target") != "" {
				return Refuses(r, 400, "AccessDeniedException"), nil
			}
			return Refuses(r, 403, "AccessDenied"), nil
		}, execution.NotAllowed},
		{"throttled", func(r *http.Request) (*http.Response, error) {
			if r.Header.Get("X-Amz-Target") != "" {
				return Refuses(r, 400, "ThrottlingException"), nil
			}
			return Refuses(r, 503, "SlowDown"), nil
		}, execution.Throttled},
		{"lost", func(*http.Request) (*http.Response, error) { return nil, ErrLost }, execution.Unavailable},
	} {
		for _, c := range calls {
			t.Run(c.Name+" "+fault.name, func(t *testing.T) {
				err := c.Do(t.Context(), func(aws.HTTPClient) aws.HTTPClient { return Sender(fault.answer) })
				if execution.CodeOf(err) != fault.want || err == nil {
					t.Fatalf("error %v, want code %s", err, fault.want)
				}
				if fault.want == execution.NotAllowed && !strings.Contains(err.Error(), ": the caller needs "+c.Permission) {
					t.Errorf("%q does not name the permission %s", err, c.Permission)
				}
			})
		}
	}
	for _, c := range calls {
		t.Run(c.Name+" canceled", func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := c.Do(ctx, nil); execution.CodeOf(err) != execution.Canceled || !errors.Is(err, context.Canceled) {
				t.Errorf("error %v, want code %s", err, execution.Canceled)
			}
		})
	}
}
