package view

import (
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/penstock-ci/penstock/internal/execution"
)

// Live is a run on a terminal. Lines that are done are printed above and stay; below them the part that runs redraws
// itself in place.
//
// All methods but Close may be called after the terminal is gone; they then do nothing.
type Live struct {
	program *tea.Program
	done    chan struct{}
	err     error

	mu   sync.Mutex
	held Held
}

// LiveOptions say where a Live draws. Interrupt is called for every Ctrl-C, which a terminal in raw mode delivers as
// a key.
type LiveOptions struct {
	In        io.Reader
	Out       io.Writer
	Environ   []string
	Lines     Lines
	Interrupt func()
}

// Row is one action that runs: its record, and the Progress that its log tells last.
type Row struct {
	Action *execution.Action
	Log    string
}

// Screen is what the redrawn part shows. Header is the name of the stage, where it is not printed above yet; Footer is
// a last line, after how long the run has taken since Since.
type Screen struct {
	Header string
	Rows   []Row
	Footer string
	Since  time.Time
}

type (
	screenMsg Screen
	askMsg    struct {
		action string // its actionExecutionId
		block  []string
		prompt string
		answer func(yes bool)
	}
	tickMsg time.Time
)

// NewLive takes the terminal over. Close gives it back.
func NewLive(o LiveOptions) *Live {
	model := &liveModel{lines: o.Lines, interrupt: o.Interrupt, now: time.Now(), sized: make(chan struct{})}
	options := []tea.ProgramOption{
		tea.WithInput(o.In), tea.WithOutput(o.Out), tea.WithEnvironment(o.Environ), tea.WithoutSignalHandler(),
	}
	l := &Live{program: tea.NewProgram(model, options...), done: make(chan struct{})}
	go func() {
		defer close(l.done)
		_, l.err = l.program.Run()
	}()
	select { // what is printed before the size is known is lost
	case <-model.sized:
	case <-l.done:
	}
	return l
}

// Print puts lines above the redrawn part.
func (l *Live) Print(lines []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.print(l.held.Add(lines))
}

func (l *Live) print(lines []string) {
	if len(lines) > 0 {
		l.program.Send(tea.Println(strings.Join(blankLines(lines), "\n"))())
	}
}

// Lend gives the terminal away, as it was before, until use returns. What is printed meanwhile comes after it. It may be
// called by any goroutine, by one at a time.
func (l *Live) Lend(use func()) {
	l.mu.Lock()
	l.held.Begin()
	l.mu.Unlock()
	released := l.program.ReleaseTerminal()
	use()
	if released == nil {
		_ = l.program.RestoreTerminal() // a terminal that is gone is noticed by whoever draws next
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.print(l.held.End())
}

// blankLines keeps empty lines from being dropped.
func blankLines(lines []string) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		if out[i] = line; line == "" {
			out[i] = " "
		}
	}
	return out
}

// Show replaces the redrawn part.
func (l *Live) Show(s Screen) { l.program.Send(screenMsg(s)) }

// Ask shows a question below the redrawn part until y or n is pressed, and calls answer then. It goes away, without
// an answer, when its action is no row of the Screen any more.
func (l *Live) Ask(q Question, answer func(yes bool)) {
	l.program.Send(askMsg{action: q.Action.ActionExecutionID, block: q.Block, prompt: q.Prompt, answer: answer})
}

// Question is the question about an approval that waits: what there is to know, and the line that asks.
type Question struct {
	Action *execution.Action
	Block  []string
	Prompt string
}

// Close removes the redrawn part and gives the terminal back.
func (l *Live) Close() error {
	l.program.Send(screenMsg(Screen{}))
	l.program.Quit()
	<-l.done
	return l.err
}

// liveModel is what Bubble Tea redraws.
type liveModel struct {
	lines     Lines
	interrupt func()
	height    int           // 0 as long as the size is not known
	sized     chan struct{} // closed when the size is known
	screen    Screen
	asks      []askMsg
	frame     int
	now       time.Time
}

const frameTime = 100 * time.Millisecond

var frames = []rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")

func (m *liveModel) Init() tea.Cmd { return tick() }

func tick() tea.Cmd { return tea.Tick(frameTime, func(t time.Time) tea.Msg { return tickMsg(t) }) }

func (m *liveModel) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		if m.height == 0 {
			close(m.sized)
		}
		m.lines.Width, m.height = msg.Width, max(msg.Height, 1)
	case screenMsg:
		m.screen = Screen(msg)
		m.asks = slices.DeleteFunc(m.asks, func(q askMsg) bool { return !m.shows(q.action) })
	case askMsg:
		m.asks = append(m.asks, msg)
	case tickMsg:
		m.frame, m.now = m.frame+1, time.Time(msg)
		return m, tick()
	case tea.KeyPressMsg:
		m.press(msg.String())
	}
	return m, nil
}

// shows says whether an action is among the rows.
func (m *liveModel) shows(actionExecutionID string) bool {
	return slices.ContainsFunc(m.screen.Rows, func(row Row) bool { return row.Action.ActionExecutionID == actionExecutionID })
}

func (m *liveModel) press(key string) {
	switch {
	case key == "ctrl+c":
		m.interrupt()
	case len(m.asks) == 0:
	case key == "y" || key == "Y" || key == "n" || key == "N":
		ask := m.asks[0]
		m.asks = m.asks[1:]
		ask.answer(strings.EqualFold(key, "y"))
	}
}

func (m *liveModel) View() tea.View {
	var lines []string
	if m.screen.Header != "" {
		lines = append(lines, "", m.lines.Stage(m.screen.Header))
	}
	for _, row := range m.screen.Rows {
		lines = append(lines, m.row(row))
	}
	if len(m.asks) > 0 {
		for _, line := range m.asks[0].block {
			lines = append(lines, broken(line, m.lines.width())...)
		}
		lines = append(lines, "  "+m.lines.in(bold, m.asks[0].prompt)+" ")
	} else if m.screen.Footer != "" {
		footer := Duration(m.now.Sub(m.screen.Since)) + "   " + m.screen.Footer
		lines = append(lines, "", m.lines.in(dim, Fit(footer, m.lines.width()-1)))
	}
	if len(lines) >= m.height && m.height > 0 { // what does not fit cannot be redrawn in place
		lines = lines[len(lines)-m.height+1:]
	}
	return tea.NewView(strings.Join(lines, "\n"))
}

// broken breaks a line that the terminal would cut: commands and links must be whole to be copied.
func broken(line string, width int) []string {
	if Width(line) <= width {
		return []string{line}
	}
	var lines []string
	for line = Clean(line); Width(line) > width; {
		part := headOf(line, width)
		lines, line = append(lines, part), line[len(part):]
	}
	return append(lines, line)
}

// row is the line of an action that runs: a spinner, how long it has been running, and the end of its log.
func (m *liveModel) row(row Row) string {
	spinner := mark{word: string(frames[m.frame%len(frames)]), paint: busy}
	prefix := m.lines.prefix(spinner, row.Action.ActionName, m.now.Sub(row.Action.StartTime))
	text := Detail(row.Action)
	room := m.lines.room() - 1
	text = Fit(text, room)
	if log := row.Log; log != "" && room-Width(text) > 12 {
		text += "  " + m.lines.in(dim, Fit(log, room-Width(text)-2))
	}
	return prefix + text
}
