package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/pipeline"
)

func fmtCommand(p process) *cobra.Command {
	var request fmtRequest
	cmd := &cobra.Command{
		Use:   "fmt FILE...",
		Short: "Lay out pipeline definitions in one way",
		Long: `Lay out pipeline definitions in one way: the order of keys, two spaces of
indentation, comments kept. What a definition means never changes. Prints the
result; --write puts it into the file. A file named - is standard input.`,
		Example: "  penstock fmt --write pipeline.yaml\n  penstock fmt --check *.yaml",
		Args:    atLeastOneFile,
		RunE: func(cmd *cobra.Command, files []string) error {
			if err := request.validate(cmd, files); err != nil {
				return err
			}
			return fmtFiles(cmd, p, files, request)
		},
	}
	cmd.Flags().BoolVarP(&request.write, "write", "w", false, "write into the files, and print the names of those that change")
	cmd.Flags().BoolVarP(&request.diff, "diff", "d", false, "print what would change")
	cmd.Flags().BoolVar(&request.check, "check", false, "print the names of files that would change, and exit with 1 if there are any")
	return cmd
}

type fmtRequest struct{ write, diff, check bool }

func (r fmtRequest) validate(cmd *cobra.Command, files []string) error {
	if r.write && (r.diff || r.check) || r.diff && r.check {
		return usage(cmd, "--write, --diff and --check do not go together", "choose one of them")
	}
	if r.write && slices.Contains(files, "-") {
		return usage(cmd, "standard input cannot be written to", "leave --write out: the result is printed")
	}
	return nil
}

// fmtFiles formats every file that it can, and fails in the end when there was one that it could not.
func fmtFiles(cmd *cobra.Command, p process, files []string, request fmtRequest) error {
	status := exitFine
	for _, file := range files {
		d, err := readFile(p, file)
		if err != nil {
			return err
		}
		formatted, list := pipeline.Format(d.file, d.source)
		if list.HasErrors() {
			if err := refuse(cmd, p, list, sources([2]string{d.file, string(d.source)})); exitOf(err) != exitDiagnostics {
				return err
			}
			status = exitDiagnostics
			continue
		}
		if err := request.put(p, d, formatted); err != nil {
			return err
		}
		if request.check && !bytes.Equal(formatted, d.source) {
			status = exitDiagnostics
		}
	}
	if status != exitFine {
		return exitError(status)
	}
	return nil
}

// put writes or prints the formatted text of a file, or what is asked for instead.
func (r fmtRequest) put(p process, d definition, formatted []byte) error {
	changed := !bytes.Equal(formatted, d.source)
	var err error
	switch {
	case r.check && changed:
		_, err = fmt.Fprintln(p.stdout, d.file)
	case r.diff && changed:
		_, err = p.stdout.Write(diff.Diff(d.file, d.source, d.file+" (formatted)", formatted))
	case r.write && changed:
		if err = replaceFile(d.file, formatted); err == nil {
			_, err = fmt.Fprintln(p.stdout, d.file)
		}
	case !r.check && !r.diff && !r.write:
		_, err = p.stdout.Write(formatted)
	}
	return err
}

// replaceFile puts a new file in the place of one, with its permissions: a full disk leaves the old one whole.
func replaceFile(name string, content []byte) error {
	target, err := filepath.EvalSymlinks(name)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	temporary, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := fill(temporary, target, content); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", name, err), os.Remove(temporary.Name()))
	}
	return nil
}

// fill writes a temporary file and puts it in the place of another.
func fill(temporary *os.File, target string, content []byte) error {
	_, err := temporary.Write(content)
	if status, missing := os.Stat(target); err == nil {
		if err = missing; err == nil {
			err = temporary.Chmod(status.Mode().Perm())
		}
	}
	if closed := temporary.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(temporary.Name(), target)
}
