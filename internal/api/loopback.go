package api

import (
	"fmt"
	"net"
	"net/http"
)

// Loopback lets only requests through that a program on this machine has made, and none that a page in a browser could
// make: it refuses every Origin, and a Host that is not this machine's own, which a name that leads here has.
func Loopback(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "":
			http.Error(w, "a page in a browser may not use this API", http.StatusForbidden)
		case !isLoopback(r.Host):
			http.Error(w, fmt.Sprintf("the host is %q: only 127.0.0.1, ::1 and localhost are served", r.Host), http.StatusForbidden)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func isLoopback(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	if name == "localhost" {
		return true
	}
	ip := net.ParseIP(name)
	return ip != nil && ip.IsLoopback()
}
