package builds

import (
	"path/filepath"
	"strings"
)

// credentials are the variables in which the AWS SDKs look for credentials, as their shared reference of settings has
// them. Those that are secrets are masked; the access key ID, which is none, is so in CodeBuild, too.
var credentials = []struct {
	name   string
	secret bool
}{
	{"AWS_ACCESS_KEY_ID", true},
	{"AWS_SECRET_ACCESS_KEY", true},
	{"AWS_SESSION_TOKEN", true},
	{"AWS_PROFILE", false},
	{"AWS_SHARED_CREDENTIALS_FILE", false},
	{"AWS_CONFIG_FILE", false},
	{"AWS_ROLE_ARN", false},
	{"AWS_ROLE_SESSION_NAME", false},
	{"AWS_WEB_IDENTITY_TOKEN_FILE", false},
	{"AWS_CONTAINER_CREDENTIALS_FULL_URI", false},
	{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", false},
	{"AWS_CONTAINER_AUTHORIZATION_TOKEN", true},
	{"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", false},
}

// addCredentials gives a build the AWS credentials of the host. Its HOME is another one, so that it is told where the
// host's files are.
func (b *build) addCredentials() {
	host := environment{}
	for _, assignment := range b.options.Environ {
		if name, value, ok := strings.Cut(assignment, "="); ok {
			host[name] = value
		}
	}
	if home := host["HOME"]; home != "" {
		b.environment["AWS_SHARED_CREDENTIALS_FILE"] = filepath.Join(home, ".aws", "credentials")
		b.environment["AWS_CONFIG_FILE"] = filepath.Join(home, ".aws", "config")
	}
	for _, c := range credentials {
		value, set := host[c.name]
		if !set {
			continue
		}
		b.environment[c.name] = value
		if c.secret {
			b.log.hide(value)
		}
	}
}
