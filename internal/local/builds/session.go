package builds

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/penstock-ci/penstock/internal/local/host"
)

// session is the shell of a build: in version 0.2 all commands of a build run in the same instance of the shell, so
// that folders and variables of one are there for the next.
//
// The shell reads its script from a pipe that Go writes, one command at a time. A command is a file that the shell
// reads with `.`: whatever is in it, even half a quotation, stays in it. After each command the shell writes its exit
// status to descriptor reportFD, and its folder and exported variables to files. A command that ends the shell
// (`exit 3`, a syntax error in some shells, `exec`, a signal) has the shell's own end as its status; the next command
// then gets a new shell that begins with those files.
type session struct {
	clock       Clock
	shell       string
	dir         string // the folder where the first command begins
	area        area
	environment []string
	later       []string // what set has given since, which exported variables of an ended shell must not undo
	log         *logWriter

	output   *os.File // what commands write to
	input    *os.File // its other end
	copied   chan struct{}
	process  *process
	earlier  []*process // shells that have ended; what they started may still run
	commands int
}

// process is one instance of the shell.
type process struct {
	script  io.WriteCloser
	reports chan string
	exited  chan struct{} // closed when the shell has ended; state is set then
	state   *os.ProcessState
	gone    chan struct{} // closed when nothing that the shell has started runs any more either
	group   int
}

// reportFD is the descriptor on which a shell reports. Shells can name one digit only, and commands often use 3 to 5
// and 9 for their own purposes.
const reportFD = 8

// grace is how long processes have between SIGTERM and SIGKILL.
const grace = 5 * time.Second

// result is how a command ended. An interrupted one was ended from outside.
type result struct {
	status      int
	reason      string
	interrupted bool
}

func (r result) failed() bool { return r.interrupted || r.reason != "" }

// openSession prepares a session; the shell starts with the first command.
func openSession(s session) (*session, error) {
	if err := os.MkdirAll(s.area.commands(), 0o700); err != nil {
		return nil, err
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	s.output, s.input, s.copied = write, read, make(chan struct{})
	s.log.marks = write
	go func() {
		defer close(s.copied)
		s.log.copy(read)
	}()
	return &s, nil
}

// run runs one command of a phase and waits for its end, or for ctx.
func (s *session) run(ctx context.Context, phase, command string) (result, error) {
	s.commands++
	file := filepath.Join(s.area.commands(), fmt.Sprintf("%s-%d", phase, s.commands))
	if err := os.WriteFile(file, []byte(command+"\n"), 0o600); err != nil {
		return result{}, err
	}
	if s.process == nil {
		if err := s.start(); err != nil {
			return result{}, err
		}
	}
	p := s.process
	// The write fails where a process from outside has ended the shell; its end is then the command's.
	_, _ = fmt.Fprintf(p.script, `. %s </dev/null
{ command printf 'end %d %%d\n' "$?" >&%d || exit 125; command pwd -P >%s; command export -p >%s; } 2>/dev/null
`, quote(file), s.commands, reportFD, quote(s.dirFile()), quote(s.exportFile()))
	select {
	case report := <-p.reports:
		return s.reported(report)
	case <-p.exited:
		return s.died(), nil
	case <-ctx.Done():
		s.terminate()
		return result{interrupted: true, reason: context.Cause(ctx).Error()}, nil
	}
}

func (s *session) dirFile() string    { return filepath.Join(s.area.commands(), "folder") }
func (s *session) exportFile() string { return filepath.Join(s.area.commands(), "exported") }

func (s *session) reported(report string) (result, error) {
	text, ok := strings.CutPrefix(report, fmt.Sprintf("end %d ", s.commands))
	status, err := strconv.Atoi(text)
	if !ok || err != nil {
		s.terminate()
		return result{}, fmt.Errorf("a command wrote %q to descriptor %d, which the build keeps for itself", report, reportFD)
	}
	return ended(status), nil
}

func ended(status int) result {
	if status == 0 {
		return result{}
	}
	return result{status: status, reason: fmt.Sprintf("exit status %d", status)}
}

// died takes leave of a shell that a command has ended.
func (s *session) died() result {
	p := s.process
	s.process = nil
	_ = p.script.Close()
	s.earlier = append(s.earlier, p)
	if name, ok := host.SignalOf(p.state); ok {
		return result{status: -1, reason: "signal: " + name}
	}
	return ended(p.state.ExitCode())
}

// start starts a shell where the last one stood.
func (s *session) start() error {
	dir := s.folder(s.dirFile())
	reports, reportsEnd, err := os.Pipe()
	if err != nil {
		return err
	}
	//nolint:gosec // the shell is the point
	cmd := exec.Command(s.shell, "-s")
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, slices.Concat(s.environment, []string{"PWD=" + dir}), s.output, s.output
	cmd.ExtraFiles = make([]*os.File, reportFD-2)
	cmd.ExtraFiles[reportFD-3] = reportsEnd
	host.OwnGroup(cmd)
	script, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	_ = reportsEnd.Close()
	if err != nil {
		_ = reports.Close()
		return fmt.Errorf("start shell %s: %w", s.shell, err)
	}
	p := &process{
		script: script, reports: make(chan string), exited: make(chan struct{}), gone: make(chan struct{}),
		group: cmd.Process.Pid,
	}
	go p.wait(cmd)
	go p.listen(reports)
	s.process = p
	if _, err := os.Stat(s.exportFile()); err == nil {
		_, _ = fmt.Fprintf(script, ". %s 2>/dev/null\n", quote(s.exportFile()))
	}
	for _, assignment := range s.later {
		p.export(assignment)
	}
	return nil
}

// export gives a variable of the shell a value.
func (p *process) export(assignment string) {
	_, _ = fmt.Fprintf(p.script, "{ command export %s; } 2>/dev/null\n", quote(assignment))
}

func (p *process) wait(cmd *exec.Cmd) {
	// An ordinary exit status is no error here; it is in the state.
	_ = cmd.Wait()
	p.state = cmd.ProcessState
	close(p.exited)
}

// listen passes on what the shell reports. Everything that the shell starts inherits the descriptor, so that its end
// tells that nothing of it is left.
func (p *process) listen(reports *os.File) {
	defer close(p.gone)
	defer reports.Close()
	for lines := bufio.NewScanner(reports); lines.Scan(); {
		select {
		case p.reports <- lines.Text():
		case <-p.exited:
		}
	}
}

// kill ends whatever is left of the shell and what it has started.
func (p *process) kill() {
	select {
	case <-p.gone:
	default:
		host.SignalGroup(p.group, host.Kill)
	}
	<-p.exited
}

// values asks the shell for variables, exported or not; those that are not set are left out. It answers nothing where
// there is no shell any more.
func (s *session) values(ctx context.Context, names []string) (map[string]string, error) {
	if len(names) == 0 {
		return map[string]string{}, nil
	}
	var script bytes.Buffer
	file := filepath.Join(s.area.commands(), "values")
	for _, name := range names {
		fmt.Fprintf(&script, "test -z \"${%s+x}\" || command printf '%%s\\000' \"%s=${%s}\"\n", name, name, name)
	}
	result, err := s.run(ctx, "values", "{\n"+script.String()+"} >"+quote(file)+" 2>/dev/null")
	if err != nil || result.failed() {
		return map[string]string{}, errors.Join(err, errorOf(result))
	}
	dump, err := os.ReadFile(file)
	values := map[string]string{}
	for assignment := range strings.SplitSeq(strings.TrimSuffix(string(dump), "\x00"), "\x00") {
		if name, value, ok := strings.Cut(assignment, "="); ok {
			values[name] = value
		}
	}
	return values, err
}

func errorOf(r result) error {
	if r.failed() {
		return errors.New(r.reason)
	}
	return nil
}

// surroundings are the folder and the environment that the next command would have. The command writes both: what the
// shell writes after a command may not be whole yet when its end is reported.
func (s *session) surroundings(ctx context.Context) (dir string, environ []string) {
	folder, variables := filepath.Join(s.area.commands(), "stands"), filepath.Join(s.area.commands(), "environment")
	result, err := s.run(ctx, "surroundings", "pwd -P >"+quote(folder)+"; env -0 >"+quote(variables))
	if err != nil || result.failed() {
		return s.dir, slices.Concat(s.environment, s.later)
	}
	dump, err := os.ReadFile(variables)
	if err != nil {
		return s.dir, slices.Concat(s.environment, s.later)
	}
	return s.folder(folder), strings.Split(strings.TrimSuffix(string(dump), "\x00"), "\x00")
}

// folder is where a command stood, as it is in a file, or where the first began if that is gone.
func (s *session) folder(file string) string {
	if last, err := os.ReadFile(file); err == nil {
		if dir := strings.TrimSuffix(string(last), "\n"); isFolder(dir) {
			return dir
		}
	}
	return s.dir
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// set gives a variable of the build another value.
func (s *session) set(name, value string) {
	assignment := name + "=" + value
	s.later = append(s.later, assignment)
	if s.process != nil {
		s.process.export(assignment)
	}
}

// terminate ends the shell and what it has started: SIGTERM, and SIGKILL for what goes on after a grace.
func (s *session) terminate() {
	p := s.process
	s.process = nil
	host.SignalGroup(p.group, host.Terminate)
	select {
	case <-p.gone:
	case <-s.clock.After(grace):
	}
	p.kill()
	_ = p.script.Close()
}

// close ends the shell, what commands left running, and the copying of their output. Processes that have left their
// process group are not followed; what they still write is dropped.
func (s *session) close() {
	if p := s.process; p != nil {
		// The shell ends with its script, and so runs a trap on EXIT.
		_ = p.script.Close()
		select {
		case <-p.exited:
		case <-s.clock.After(grace):
		}
		p.kill()
	}
	for _, p := range s.earlier {
		p.kill()
	}
	s.log.marks = nil
	_ = s.output.Close()
	select {
	case <-s.copied:
	case <-s.clock.After(grace):
	}
	_ = s.input.Close()
	<-s.copied
}

// quote makes one word of any text for a shell.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
