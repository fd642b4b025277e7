package functions

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// The loops that run handlers of other languages.
var (
	//go:embed runtimes/handler.py
	pythonLoop []byte
	//go:embed runtimes/handler.mjs
	nodeLoop []byte
)

// program is what is started for an invocation: a command, and the folder that it runs in.
type program struct {
	command []string
	root    string
}

// loop is a language whose handlers run here: the program that runs it, and the file that is its loop.
type loop struct {
	prefix, program, file string
	source                []byte
}

func loops() []loop {
	return []loop{
		{"python3", "python3", "handler.py", pythonLoop},
		{"nodejs", "node", "handler.mjs", nodeLoop},
	}
}

// compiled is a Go function, compiled once in the life of Functions: a run takes its functions as they are when they are
// invoked first. done says that it is, and is true only where that went well.
type compiled struct {
	binary string
	mu     sync.Mutex
	done   bool
}

// program finds what to start for the invocation's function. Files that it needs go into the invocation's folder.
func (i *invocation) findProgram(ctx context.Context) (program, error) {
	function, area := i.function, i.area
	path, err := filepath.Abs(function.Path)
	if err != nil {
		return program{}, err
	}
	for _, l := range loops() {
		if strings.HasPrefix(function.Runtime, l.prefix) {
			return l.start(path, area)
		}
	}
	if err := Check(path); err != nil {
		return program{}, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return program{}, err
	}
	bootstrap := filepath.Join(path, "bootstrap")
	switch {
	case !info.IsDir():
		return program{command: []string{path}, root: filepath.Dir(path)}, nil
	case isExecutable(bootstrap):
		return program{command: []string{bootstrap}, root: path}, nil
	}
	binary, err := i.compile(ctx, path)
	return program{command: []string{binary}, root: path}, err
}

// start runs a handler in its own language, by the interpreter that this machine has.
func (l loop) start(path, area string) (program, error) {
	interpreter, err := exec.LookPath(l.program)
	if err != nil {
		return program{}, fmt.Errorf("there is no %s on this machine to run its handler: install it", l.program)
	}
	file := filepath.Join(area, l.file)
	if err := os.WriteFile(file, l.source, 0o600); err != nil {
		return program{}, err
	}
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		path = filepath.Dir(path)
	}
	return program{command: []string{interpreter, file}, root: path}, nil
}

// Check says why a path is no program that could be started: what is wrong with it, and what to do.
func Check(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case !info.IsDir() && !isExecutable(path):
		return fmt.Errorf("%s is not executable: chmod +x it, or, where it is a handler, write runtime and handler", path)
	case !info.IsDir() || isExecutable(filepath.Join(path, "bootstrap")):
		return nil
	}
	sources, err := filepath.Glob(filepath.Join(path, "*.go"))
	if err == nil && len(sources) == 0 {
		err = fmt.Errorf("folder %s has neither an executable called bootstrap nor a main package of Go: "+
			"add one, or, where it holds a handler, write runtime and handler", path)
	}
	return err
}

func isExecutable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// compile compiles the main package of Go in a folder with the user's own environment, as the user would.
func (i *invocation) compile(ctx context.Context, path string) (string, error) {
	f := i.functions
	f.mu.Lock()
	c := f.programs[path]
	if c == nil {
		c = &compiled{binary: filepath.Join(f.options.Work, fmt.Sprintf("compiled-%d", len(f.programs)+1))}
		f.programs[path] = c
	}
	f.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done {
		return c.binary, nil
	}
	i.log.say("compiling %s with go build", path)
	err := f.goBuild(ctx, path, c.binary)
	c.done = err == nil
	return c.binary, err
}

func (f *Functions) goBuild(ctx context.Context, path, binary string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", binary, ".") //nolint:gosec // the user's own function
	cmd.Dir, cmd.Env = path, f.options.Environ
	output, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var exit *exec.ExitError
	switch {
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return errors.New("there is no go on this machine to compile it: install Go, or bind a compiled program")
	case errors.As(err, &exit):
		return fmt.Errorf("go build in %s failed:\n%s", path, strings.TrimSpace(string(output)))
	}
	return err
}
