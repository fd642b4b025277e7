package sources

import (
	"context"
	"regexp"

	"github.com/penstock-ci/penstock/internal/action/source"
)

// Resolve holds the revisions that a request asks for against what stands for its source, before anything is started.
// It returns the request with each of them exact: a branch, a tag or the beginning of a commit ID becomes the commit ID, so
// that what is fetched later is what was meant now. Its failures are those of Fetch.
func (s *Sources) Resolve(ctx context.Context, r source.Request) (source.Request, error) {
	b, bound := s.bound[r.Stage+"/"+r.Action]
	switch {
	case r.Provider == "ECR":
		if r.ImageDigest != "" && !regexp.MustCompile(`^sha256:[0-9a-f]{64}$`).MatchString(r.ImageDigest) {
			return r, invalidDigest(r)
		}
		return r, nil
	case r.Provider == "S3" && bound:
		return r, boundObject(r, b.Path)
	case r.Provider == "S3":
		fetched, err := s.fetchDeployed(ctx, r)
		if err != nil {
			return r, err
		}
		return r, fetched.Close()
	case !bound:
		return r, notBound(r)
	}
	return s.resolveCommit(b, r)
}

func (s *Sources) resolveCommit(b Binding, r source.Request) (source.Request, error) {
	info, err := b.look(r)
	if err != nil {
		return r, err
	}
	if !info.IsDir() {
		return r, fileRevision(r, b.Path)
	}
	repo, found, err := find(b.Path)
	if err != nil {
		return r, err
	}
	if !found {
		return r, notRepository(b.Path, r.CommitID)
	}
	hash, err := repo.resolve(r.CommitID)
	if err != nil {
		return r, err
	}
	r.CommitID = hash.String()
	return r, nil
}
