package builds

import (
	"net/url"
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
			b.log.mask.Hide(value)
		}
	}
}

// secretsIn are the secrets in a setting of the host that builds see: passwords in the addresses of proxies and
// registries, and what npm calls a password or a token. Builds need them to get through, and their logs do not.
func secretsIn(name, value string) (secrets []string) {
	lower := strings.ToLower(name)
	if strings.HasPrefix(lower, "npm_config_") && (strings.Contains(lower, "auth") || strings.Contains(lower, "password")) {
		secrets = append(secrets, value)
	}
	for word := range strings.FieldsFuncSeq(value, func(c rune) bool { return c == ',' || c == '|' || c == ' ' }) {
		address, err := url.Parse(word)
		if err != nil || address.User == nil {
			continue
		}
		if password, ok := address.User.Password(); ok && password != "" {
			_, written, _ := strings.Cut(address.User.String(), ":")
			secrets = append(secrets, password, written)
		}
	}
	return secrets
}
