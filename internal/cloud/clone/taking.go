package clone

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"
	"github.com/go-git/go-git/v5/plumbing/storer"
)

// taking is one request for commits, to an end that has said what it has and can.
type taking struct {
	*clone
	advertised *packp.AdvRefs
	references storer.ReferenceStorer
}

// id is the commit that is wanted.
func (t *taking) id() (plumbing.Hash, error) {
	if t.wanted.CommitID != "" {
		return plumbing.NewHash(t.wanted.CommitID), nil
	}
	reference, err := t.references.Reference(plumbing.NewBranchReferenceName(t.wanted.Branch))
	if errors.Is(err, plumbing.ErrReferenceNotFound) {
		names, err := branches(t.references)
		return plumbing.ZeroHash, errors.Join(noBranch(t.repository, t.wanted.Branch, names), err)
	}
	if err != nil {
		return plumbing.ZeroHash, err
	}
	return reference.Hash(), nil
}

func (t *taking) take(ctx context.Context, id plumbing.Hash) error {
	request := packp.NewUploadPackRequestFromCapabilities(t.advertised.Capabilities)
	tips, alone, err := t.tips(id)
	if err != nil {
		return err
	}
	if alone && !t.wanted.History {
		request.Wants = []plumbing.Hash{id}
		if t.can(capability.Shallow) {
			request.Depth = packp.DepthCommits(1)
			if err := request.Capabilities.Set(capability.Shallow); err != nil {
				return err
			}
		}
	} else {
		request.Wants = tips
	}
	if t.can(capability.NoProgress) {
		if err := request.Capabilities.Set(capability.NoProgress); err != nil {
			return err
		}
	}
	return t.send(ctx, request)
}

// tips are the commits of all branches and tags, each once, and the wanted one where it may be asked for: then it can be
// taken alone, too.
func (t *taking) tips(id plumbing.Hash) (tips []plumbing.Hash, alone bool, err error) {
	seen := map[plumbing.Hash]bool{}
	iterator, err := t.references.IterReferences()
	if err != nil {
		return nil, false, err
	}
	err = iterator.ForEach(func(reference *plumbing.Reference) error {
		hash := reference.Hash()
		if reference.Type() != plumbing.HashReference || seen[hash] || !reference.Name().IsBranch() && !reference.Name().IsTag() {
			return nil
		}
		seen[hash] = true
		tips = append(tips, hash)
		return nil
	})
	alone = seen[id] || t.can(capability.AllowReachableSHA1InWant) || t.can(capability.AllowTipSHA1InWant)
	if alone && !seen[id] {
		tips = append(tips, id)
	}
	return tips, alone, err
}

func (t *taking) can(c capability.Capability) bool { return t.advertised.Capabilities.Supports(c) }

// send asks, and keeps what comes.
func (t *taking) send(ctx context.Context, request *packp.UploadPackRequest) (err error) {
	answer, err := t.ask(ctx, request)
	if err != nil {
		return t.refused(err)
	}
	defer func() { err = errors.Join(err, answer.Close()) }()
	if len(answer.Shallows) > 0 {
		if err := t.storage.SetShallow(answer.Shallows); err != nil {
			return fmt.Errorf("record where the history ends: %w", err)
		}
	}
	var pack io.Reader = answer
	switch {
	case request.Capabilities.Supports(capability.Sideband64k):
		pack = sideband.NewDemuxer(sideband.Sideband64k, answer)
	case request.Capabilities.Supports(capability.Sideband):
		pack = sideband.NewDemuxer(sideband.Sideband, answer)
	}
	if err := packfile.UpdateObjectStorage(t.storage, pack); err != nil {
		return t.refused(err)
	}
	return nil
}

// ask writes a request as git does that has nothing yet, and reads the answer as far as the pack.
func (t *taking) ask(ctx context.Context, request *packp.UploadPackRequest) (*packp.UploadPackResponse, error) {
	if err := request.Validate(); err != nil {
		return nil, err
	}
	var asked bytes.Buffer
	if err := errors.Join(request.UploadRequest.Encode(&asked), request.UploadHaves.Encode(&asked, false), pktline.NewEncoder(&asked).EncodeString("done\n")); err != nil {
		return nil, err
	}
	body, err := t.remote.Pack(ctx, asked.Bytes())
	if err != nil {
		return nil, err
	}
	answer := packp.NewUploadPackResponse(request)
	if err := answer.Decode(body); err != nil {
		return nil, errors.Join(fmt.Errorf("read the answer: %w", err), body.Close())
	}
	return answer, nil
}

// refused takes the end of a request for a commit that no reference names for what it nearly always is: the commit is not
// there. The protocol has only a text for it.
func (t *taking) refused(err error) error {
	if t.wanted.CommitID != "" && t.remote.Ended() == nil && !brokeOff(err) {
		return noCommit(t.repository, t.wanted.CommitID)
	}
	return err
}
