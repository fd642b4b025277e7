// Package host is what programs that are started here get of the machine and its user, and how they are ended: an
// environment without what is nobody's business, a process group of their own. It starts nothing itself.
package host

import "strings"

// Environment takes from an environment, `NAME=value` each, what a program needs to reach the network and package
// registries as its user does, and nothing else. PATH and LANG are always there.
func Environment(environ []string) map[string]string {
	e := map[string]string{"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
	for _, assignment := range environ {
		if name, value, ok := strings.Cut(assignment, "="); ok && passesOn(name) {
			e[name] = value
		}
	}
	return e
}

func passesOn(name string) bool {
	lower := strings.ToLower(name)
	switch lower {
	case "http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy":
		return true
	}
	switch name {
	case "PATH", "LANG", "GOPROXY", "GOSUMDB", "GONOSUMDB", "GONOPROXY", "GOPRIVATE", "GOTOOLCHAIN":
		return true
	}
	return strings.HasPrefix(lower, "npm_config_") || strings.HasPrefix(name, "PIP_")
}
