package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// versionJSON says which penstock this is. Revision is the commit that it was built from, where the build knew one.
type versionJSON struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func versionCommand(p process) *cobra.Command {
	var output outputFlags
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Say which penstock this is",
		Args:  atMost(0, "version takes no words"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := output.validate(cmd); err != nil {
				return err
			}
			v := readVersion()
			if output.wantsJSON() {
				return printJSON(p.stdout, v)
			}
			_, err := fmt.Fprintln(p.stdout, v)
			return err
		},
	}
	output.add(cmd)
	return cmd
}

func readVersion() versionJSON {
	v := versionJSON{Version: "(devel)", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	v.Version = cmp.Or(build.Main.Version, v.Version)
	for _, setting := range build.Settings {
		switch setting.Key {
		case "vcs.revision":
			v.Revision = setting.Value
		case "vcs.modified":
			v.Modified = setting.Value == "true"
		}
	}
	return v
}

func (v versionJSON) String() string {
	text := "penstock " + v.Version
	if v.Revision != "" {
		text += "  " + v.Revision[:min(len(v.Revision), 12)]
	}
	if v.Modified {
		text += " (modified)"
	}
	return text + "  " + v.Go + "  " + v.Platform
}
