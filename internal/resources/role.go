package resources

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

// roleStatements is what the role of a pipeline may do: the calls of its actions, its artifacts in their stores, the roles
// that actions name and the secrets of webhooks. What is open in a template is marked.
func (p Platform) roleStatements(d *pipeline.Pipeline) []Statement {
	var all []Statement
	for _, a := range actions(d) {
		if role := open(a.RoleArn); role != "" {
			all = append(all, allow([]string{"sts:AssumeRole"}, escaped(role)))
			continue
		}
		all = append(all, p.actionStatements(d.Name.Value, a, configurationOf(a))...)
	}
	all = append(all, p.webhookSecrets(d)...)
	for _, s := range p.stores(d) {
		all = append(all, s.statements(p, d.Name.Value)...)
	}
	return merge(all)
}

func allow(actions []string, resources ...string) Statement {
	return Statement{Actions: actions, Resources: resources}
}

// actionStatements is what one action calls: what the catalogue says, the build that stands for it, the secrets that its
// configuration names.
func (p Platform) actionStatements(name string, a *pipeline.Action, configuration map[string]string) []Statement {
	row, _ := pipeline.LookupActionType(a.ActionTypeID)
	statements := row.Statements(p.scope(name, a), configuration)
	if project, is := projects[row.Provider]; is {
		statements = append(statements, p.startBuilds(name, project)...)
	}
	for _, secret := range p.secrets(row, configuration) {
		statements = append(statements, allow([]string{"secretsmanager:GetSecretValue"}, secret))
	}
	return statements
}

// scope is where an action of a pipeline works: in its Region, and in the account of its role.
func (p Platform) scope(name string, a *pipeline.Action) catalogue.Scope {
	return catalogue.Scope{Partition: p.Partition, Region: cmp.Or(escaped(open(a.Region)), p.Region), Account: p.accountOf(a), Pipeline: name}
}

// accountOf is the account of the role that an action names, or the platform's.
func (p Platform) accountOf(a *pipeline.Action) string {
	const account, parts = 4, 6
	if arn := strings.SplitN(open(a.RoleArn), ":", parts); len(arn) == parts && arn[0] == "arn" && arn[account] != "" {
		return arn[account]
	}
	return p.Account
}

// configurationOf is an action's configuration as its definition has it.
func configurationOf(a *pipeline.Action) map[string]string {
	configuration := map[string]string{}
	for _, entry := range a.Configuration {
		configuration[entry.Key.Value] = open(entry.Value)
	}
	return configuration
}

// secrets are the ARNs of those that secret keys of a configuration refer to. Where only the name is known, six
// characters of Secrets Manager's own stand behind it in the ARN.
func (p Platform) secrets(row pipeline.ActionType, configuration map[string]string) []string {
	var arns []string
	for _, key := range slices.Sorted(maps.Keys(configuration)) {
		property, _ := row.Property(key)
		if reference, is := catalogue.ParseSecret(configuration[key]); is && property.Secret {
			arns = append(arns, p.secretARN(reference.ID))
		}
	}
	return arns
}

func (p Platform) secretARN(id string) string {
	if strings.HasPrefix(id, "arn:") {
		return escaped(id)
	}
	return p.arn("secretsmanager", "secret:"+escaped(id)+"-??????")
}

// store is a bucket for artifacts, with the ARN of its key; without one, S3's own key encrypts.
type store struct {
	bucket, key, through string
	own                  bool // the definition names it
}

// stores are those of a definition, or the platform's.
func (p Platform) stores(d *pipeline.Pipeline) []store {
	own := d.ArtifactStores
	if d.ArtifactStore != nil {
		own = append(own, *d.ArtifactStore)
	}
	var stores []store
	for _, s := range own {
		bucket := open(s.Location)
		own := bucket != ""
		if !own {
			bucket = p.Bucket()
		}
		stores = append(stores, p.keyOf(store{bucket: bucket, own: own}, s))
	}
	if len(stores) == 0 {
		return []store{{bucket: p.Bucket(), key: p.Key}}
	}
	return stores
}

// keyOf adds the key of a store. It may be given as an ARN, as an id, or as an alias, which permissions cannot name: then
// any key will do, but only through S3.
func (p Platform) keyOf(s store, of pipeline.ArtifactStore) store {
	if of.EncryptionKey == nil {
		if s.bucket == p.Bucket() {
			s.key = p.Key
		}
		return s
	}
	id, region := open(of.EncryptionKey.ID), cmp.Or(open(of.Region), p.Region)
	s.key = p.EncryptionKeyARN(id, region)
	if strings.Contains(id, "alias/") {
		s.through = "s3." + region + ".amazonaws.com"
	}
	return s
}

// EncryptionKeyARN is what permissions call the key of an artifact store in a Region, which a definition gives as an ARN, as
// an id, or as an alias: that one permissions cannot name, and any key stands for it. It is empty where the id is.
func (p Platform) EncryptionKeyARN(id, region string) string {
	in := p
	if region != p.Region {
		in.Region = escaped(region)
	}
	switch {
	case strings.Contains(id, "alias/"):
		return in.arn("kms", "key/*")
	case id == "" || strings.HasPrefix(id, "arn:") || strings.HasPrefix(id, mark):
		return escaped(id)
	}
	return in.arn("kms", "key/"+escaped(id))
}

func (s store) statements(p Platform, name string) []Statement {
	prefix := artifact.PlatformPrefix(name)
	if s.own {
		prefix = artifact.StorePrefix(name)
	}
	statements := []Statement{allow(
		append(writing(), "s3:GetObject", "s3:GetObjectVersion"),
		p.BucketARN(s.bucket)+"/"+prefix+"/*",
	)}
	if s.key == "" {
		return statements
	}
	of := allow(keyActions(), s.key)
	if s.through != "" {
		of.Equals = map[string]string{"kms:ViaService": s.through}
	}
	return append(statements, of)
}

// writing is what an upload takes; one that broke off goes on from the parts that are there.
func writing() []string {
	return []string{"s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"}
}

// keyActions are what reading and writing of objects takes of their key.
func keyActions() []string { return []string{"kms:Decrypt", "kms:GenerateDataKey"} }
