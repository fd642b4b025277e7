package builds

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/action/codebuild/buildspec"
	"github.com/penstock-ci/penstock/internal/diag"
)

// defaultBuildspec is where CodeBuild looks for a buildspec in the primary source.
const defaultBuildspec = "buildspec.yml"

// primary is the folder of the primary source below the folder of the sources.
const primary = "src"

// downloadSource makes the build's folders, unpacks the sources, reads the buildspec and makes the environment: what
// is wrong with a buildspec is a failure of DOWNLOAD_SOURCE in CodeBuild as well.
func (b *build) downloadSource() *failure {
	if err := b.makeArea(); err != nil {
		return clientError(err)
	}
	for i, source := range b.request.Sources {
		if err := b.options.Artifacts.Unpack(b.ctx, source.Object, b.area.source(sourceFolder(i, source))); err != nil {
			return clientError(fmt.Errorf("unpack input artifact %s: %w", source.Name, err))
		}
	}
	spec, err := b.buildspec()
	if err == nil {
		b.spec = spec
		err = b.makeEnvironment()
	}
	if err == nil {
		err = b.openSession()
	}
	if err != nil {
		return clientError(err)
	}
	b.restoreCache()
	return nil
}

func sourceFolder(i int, s codebuild.Source) string {
	if i == 0 {
		return primary
	}
	return primary + "_" + s.Name
}

// makeArea makes the folder of the build, anew where a process that has died left one.
func (b *build) makeArea() error {
	root := filepath.Join(b.options.Work, uuidOf("area", b.id))
	if err := removeAll(root); err != nil {
		return fmt.Errorf("remove the folder of an earlier attempt: %w", err)
	}
	b.area = area{root: root}
	for _, dir := range []string{b.area.sources(), b.area.temporary()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("make the folder of the build: %w", err)
		}
	}
	return nil
}

// buildspec is the one that the build was asked for with, or the project's.
func (b *build) buildspec() (*buildspec.Buildspec, error) {
	switch {
	case b.request.Buildspec != nil:
		if len(b.request.Container) > 0 {
			b.log.container("%s", containerIgnored(b.request.Container))
		}
		return b.request.Buildspec, nil
	case b.spec != nil: // the one of its batch
		return b.spec, nil
	}
	spec, err := b.readBuildspec()
	if err != nil || b.request.Batch {
		return spec, err
	}
	if len(spec.Phases) == 0 {
		return nil, errors.New(noPhases)
	}
	if spec.Batch != nil && b.part == nil {
		b.log.container(batchIgnored)
	}
	return spec, nil
}

// readBuildspec reads the project's buildspec from the primary source, and writes to the log what is wrong in it.
func (b *build) readBuildspec() (*buildspec.Buildspec, error) {
	path := b.project.Buildspec
	if path == "" {
		path = defaultBuildspec
	}
	text, err := b.buildspecText(path)
	if err != nil {
		return nil, err
	}
	spec, list := buildspec.Parse(path, text)
	if err := b.tell(list, text); err != nil {
		return nil, err
	}
	if first, count := firstError(list); count > 0 {
		return nil, buildspecError(first, count)
	}
	return spec, nil
}

// tell writes diagnostics to the log: mistakes with their place in the text, notes in a line.
func (b *build) tell(list diag.List, text []byte) error {
	var mistakes diag.List
	for _, d := range list {
		if d.Severity == diag.Note {
			b.log.container("%s: %s", d.At.Start, d.Message)
			continue
		}
		mistakes.Add(d)
	}
	var rendered bytes.Buffer
	renderer := diag.Renderer{Source: func(string) []byte { return text }}
	if err := renderer.Render(&rendered, mistakes); err != nil {
		return err
	}
	if rendered.Len() > 0 {
		b.log.own(rendered.String())
	}
	return nil
}

func (b *build) buildspecText(path string) ([]byte, error) {
	source := b.request.Sources[0].Name
	if !filepath.IsLocal(filepath.FromSlash(path)) {
		return nil, fmt.Errorf("the buildspec %q of project %s is not inside input artifact %s; write a path relative to its root in %s",
			path, b.request.Project, source, b.options.BindingFile)
	}
	root, err := os.OpenRoot(b.area.source(primary))
	if err != nil {
		return nil, fmt.Errorf("read buildspec %s: %w", path, err)
	}
	defer root.Close()
	text, err := root.ReadFile(filepath.FromSlash(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no buildspec %q in input artifact %s; where it is another file, write projects: {%s: {buildspec: PATH}} in %s",
			path, source, b.request.Project, b.options.BindingFile)
	}
	if err != nil {
		return nil, fmt.Errorf("read buildspec %s of input artifact %s: %w", path, source, err)
	}
	return text, nil
}

func firstError(list diag.List) (first diag.Diagnostic, count int) {
	for _, d := range list {
		if d.Severity != diag.Error {
			continue
		}
		if count == 0 {
			first = d
		}
		count++
	}
	return first, count
}

func buildspecError(first diag.Diagnostic, count int) error {
	text := first.At.Start.String() + ": " + first.Message
	if first.Help != "" {
		text += "; " + first.Help
	}
	if count > 1 {
		text += fmt.Sprintf(" (and %d more)", count-1)
	}
	return errors.New(text)
}

// openSession finds the shell: the one that the buildspec names, or the one of Options, or bash, or sh where there is
// no bash. CodeBuild's default is sh, which is bash on Amazon Linux and dash on Ubuntu; bash runs what either runs.
func (b *build) openSession() error {
	candidates := []string{"bash", "/bin/sh"}
	if shell := cmp.Or(b.spec.Env.Shell, b.options.Shell); shell != buildspec.ShellDefault {
		candidates = []string{shell}
	}
	for _, name := range candidates {
		shell, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		b.session, err = openSession(session{
			clock: b.options.Clock, shell: shell, dir: b.area.source(primary), area: b.area,
			environment: b.environment.list(), log: b.log,
		})
		if err != nil {
			return fmt.Errorf("open the shell of the build: %w", err)
		}
		return nil
	}
	return fmt.Errorf("there is no shell %s on this machine", candidates[0])
}
