package main

import (
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
)

// defaultWidth is the width where no terminal tells one.
const defaultWidth = 80

// console is what is known of where the output goes.
type console struct {
	style view.Style
	// fold is how wide a line of text may be before it is folded. Where no terminal tells a width it is 0: then each
	// message is one line, which can be searched.
	fold int
	// redraw says that lines on the screen can be redrawn in place.
	redraw bool
	// answers says that somebody can be asked.
	answers bool
}

// consoleOf looks at a stream of the process and at what the user wants of colours.
func consoleOf(cmd *cobra.Command, p process, out io.Writer) (console, error) {
	colour, err := wantsColour(cmd, p, out)
	if err != nil {
		return console{}, err
	}
	screen := isTerminal(out) && p.getenv("TERM") != "dumb"
	return console{
		fold:    toldWidth(p, out),
		style:   view.Style{Width: widthOf(p, out), Colour: colour},
		redraw:  screen,
		answers: isTerminal(p.stdin),
	}, nil
}

func wantsColour(cmd *cobra.Command, p process, out io.Writer) (bool, error) {
	switch when, _ := cmd.Flags().GetString("color"); when {
	case "always":
		return true, nil
	case "never":
		return false, nil
	case "auto":
		return isTerminal(out) && p.getenv("NO_COLOR") == "" && p.getenv("TERM") != "dumb", nil
	default:
		return false, usage(cmd, "--color is "+strconv.Quote(when), "write auto, always or never")
	}
}

// widthOf asks the terminal, then COLUMNS.
func widthOf(p process, out io.Writer) int {
	if width := toldWidth(p, out); width > 0 {
		return width
	}
	return defaultWidth
}

// toldWidth is the width that the terminal or COLUMNS tells; 0 where neither does.
func toldWidth(p process, out io.Writer) int {
	if file, ok := out.(*os.File); ok {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
			return width
		}
	}
	if width, err := strconv.Atoi(p.getenv("COLUMNS")); err == nil && width > 0 {
		return width
	}
	return 0
}

func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// quoted writes a word so that a shell reads it as one.
func quoted(word string) string {
	if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// quotedWords is a command as a user would type it.
func quotedWords(words ...string) string {
	out := make([]string, len(words))
	for i, word := range words {
		out[i] = quoted(word)
	}
	return strings.Join(out, " ")
}
