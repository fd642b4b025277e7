package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
)

// screen is where a run is drawn: a terminal that is redrawn, or lines that are printed once.
//
// Print adds lines that stay. Show replaces what is redrawn below them. Ask shows a question and calls answer once,
// from another goroutine, when it is answered; it is not called where nobody answers. Lend gives the terminal away until
// use returns, and may be called by any goroutine; lines that are printed meanwhile come after it. Close ends the drawing.
type screen interface {
	Print(lines []string)
	Show(s view.Screen)
	Ask(q view.Question, answer func(yes bool))
	Lend(use func())
	Close() error
}

// plainScreen prints each line once. Questions go to the terminal that controls the process, whatever the output is
// connected to.
type plainScreen struct {
	out io.Writer

	mu   sync.Mutex
	held view.Held
	err  error
}

func (s *plainScreen) Print(lines []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.print(s.held.Add(lines))
}

func (s *plainScreen) print(lines []string) {
	if err := printLines(s.out, lines); err != nil && s.err == nil {
		s.err = err
	}
}

func (s *plainScreen) Lend(use func()) {
	s.mu.Lock()
	s.held.Begin()
	s.mu.Unlock()
	use()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.print(s.held.End())
}

func (s *plainScreen) Show(view.Screen) {}

// Ask leaves the goroutine that reads behind when nobody answers: it ends with the process.
func (s *plainScreen) Ask(q view.Question, answer func(yes bool)) {
	terminal, err := os.OpenFile(terminalPath, os.O_RDWR, 0)
	if err != nil {
		return
	}
	go func() {
		defer terminal.Close()
		if yes, err := ask(terminal, q); err == nil {
			answer(yes)
		}
	}()
}

func ask(terminal io.ReadWriter, q view.Question) (bool, error) {
	if err := printLines(terminal, q.Block); err != nil {
		return false, err
	}
	lines := bufio.NewScanner(terminal)
	for {
		if _, err := fmt.Fprintf(terminal, "  %s ", q.Prompt); err != nil {
			return false, err
		}
		if !lines.Scan() {
			return false, errors.Join(errors.New("no answer"), lines.Err())
		}
		switch strings.ToLower(strings.TrimSpace(lines.Text())) {
		case "y", "yes":
			return true, nil
		case "n", "no":
			return false, nil
		}
	}
}

func (s *plainScreen) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}
